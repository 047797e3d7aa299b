namespace Scheduler.Contracts.Fields;

public static partial class FieldRules
{
    private static IEnumerable<KeyValuePair<string, TextRule>> Cells =>
        new Dictionary<string, TextRule>
        {
            ["CellPresence.cell_id"] = Name,
            ["CellPresence.rep_address"] = Path,
            ["CellPresence.zone"] = Name,
            ["CellPresence.placement_tags"] = Name,
            ["CellPresence.optional_placement_tags"] = Name,
            ["CellPresence.rep_url"] = Path,
            ["CellPresence.annotations.key"] = Name,
            ["CellPresence.annotations.value"] = Value,
            ["Provider.name"] = Name,
            ["Provider.properties"] = RootFs,
            ["AbsentCell.cell_id"] = Name,
            ["ActualLRPKey.process_guid"] = Name,
            ["ActualLRPKey.domain"] = Name,
            ["ActualLRPInstanceKey.instance_guid"] = Name,
            ["ActualLRPInstanceKey.cell_id"] = Name,
            ["ActualLRPNetInfo.address"] = Name,
            ["ActualLRPNetInfo.instance_address"] = Name,
            ["ActualLRPNetInfo.instance_ipv6_address"] = Name,
            // Taken from the LRP's routes, which are the client's JSON and limited there.
            ["ActualLRPInternalRoute.hostname"] = TextRule.Content(131_072),
            ["LockEntry.key"] = Name,
            ["LockEntry.owner"] = Name,
            ["LockEntry.value"] = TextRule.Line(4_096),
            ["WorkDemand.root_fs"] = RootFs,
            ["WorkDemand.placement_tags"] = Name,
            ["WorkDemand.volume_drivers"] = Name,
            ["WorkDemand.privileges"] = Name,
            ["LRPVersion.epoch"] = Name,
            ["TaskVersion.task_guid"] = Name,
            ["FailTask.task_guid"] = Name,
            ["FailTask.failure_reason"] = Report,
            ["CreateMissingLRPs.process_guid"] = Name,
            ["ConvergenceCommand.reason"] = Report,
        };
}
