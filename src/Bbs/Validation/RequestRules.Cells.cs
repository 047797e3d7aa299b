using Scheduler.Bbs.Commands.Cells;

namespace Scheduler.Bbs.Validation;

/// <summary>Validates requests from cells, the auctioneer and the converger.</summary>
internal sealed partial class RequestRules
{
    private const uint MinTtlMs = 100;
    private const uint MaxTtlMs = 3_600_000;

    /// <summary>Only the number of reports: each is checked and refused on its own.</summary>
    public void CheckCount(ReportRequest request)
    {
        if (request.Reports.Count > MaxBatch)
            throw DomainError.Invalid("reports", $"must be at most {MaxBatch}").ToException();
    }

    public void Check(RetireActualLRPRequest request)
    {
        var violations = FieldsOf(request);
        Key(request.ActualLrpKey, violations);
        violations.ThrowIfAny();
    }

    public void Check(ClaimActualLRPRequest request)
    {
        var violations = FieldsOf(request);
        violations.NotEmpty(request.ProcessGuid, "process_guid");
        Instance(request.ActualLrpInstanceKey, violations);
        violations.ThrowIfAny();
    }

    public void Check(StartActualLRPRequest request)
    {
        var violations = FieldsOf(request);
        Key(request.ActualLrpKey, violations);
        Instance(request.ActualLrpInstanceKey, violations);
        NetInfo(request.ActualLrpNetInfo, violations);
        violations.ThrowIfAny();
    }

    public void Check(CrashActualLRPRequest request)
    {
        var violations = FieldsOf(request);
        Key(request.ActualLrpKey, violations);
        Instance(request.ActualLrpInstanceKey, violations);
        violations.ThrowIfAny();
    }

    public void Check(FailActualLRPRequest request)
    {
        var violations = FieldsOf(request);
        Key(request.ActualLrpKey, violations);
        violations.NotEmpty(request.ErrorMessage, "error_message");
        violations.ThrowIfAny();
    }

    public void Check(RemoveActualLRPRequest request)
    {
        var violations = FieldsOf(request);
        violations.NotEmpty(request.ProcessGuid, "process_guid");
        violations.AtLeastZero(request.Index, "index");
        if (request.ActualLrpInstanceKey is not null)
            Instance(request.ActualLrpInstanceKey, violations);
        violations.ThrowIfAny();
    }

    public void Check(EvacuateActualLRPRequest request)
    {
        var violations = FieldsOf(request);
        Key(request.ActualLrpKey, violations);
        Instance(request.ActualLrpInstanceKey, violations);
        violations.ThrowIfAny();
    }

    public void Check(EvacuateRunningActualLRPRequest request)
    {
        var violations = FieldsOf(request);
        Key(request.ActualLrpKey, violations);
        Instance(request.ActualLrpInstanceKey, violations);
        NetInfo(request.ActualLrpNetInfo, violations);
        violations.ThrowIfAny();
    }

    public void Check(EvacuateCrashedActualLRPRequest request)
    {
        var violations = FieldsOf(request);
        Key(request.ActualLrpKey, violations);
        Instance(request.ActualLrpInstanceKey, violations);
        violations.NotEmpty(request.ErrorMessage, "error_message");
        violations.ThrowIfAny();
    }

    public void Check(StartTaskRequest request)
    {
        var violations = FieldsOf(request);
        violations.Guid(request.TaskGuid, "task_guid");
        violations.NotEmpty(request.CellId, "cell_id");
        violations.ThrowIfAny();
    }

    public void Check(CompleteTaskRequest request)
    {
        var violations = FieldsOf(request);
        violations.Guid(request.TaskGuid, "task_guid");
        violations.NotEmpty(request.CellId, "cell_id");
        violations.AtMostBytes(request.Result, limits.MaxResultBytes, "result");
        violations.ThrowIfAny();
    }

    public void Check(RejectTaskRequest request)
    {
        var violations = FieldsOf(request);
        violations.NotEmpty(request.TaskGuid, "task_guid");
        violations.NotEmpty(request.RejectionReason, "rejection_reason");
        violations.ThrowIfAny();
    }

    public void Check(AnnounceCellRequest request)
    {
        var violations = FieldsOf(request);
        if (violations.Present(request.Presence, "presence"))
            Presence(request.Presence, violations);
        violations.NotEmpty(request.Owner, "owner");
        Ttl(request.TtlMs, violations);
        violations.ThrowIfAny();
    }

    public void Check(WithdrawCellRequest request)
    {
        var violations = FieldsOf(request);
        violations.NotEmpty(request.CellId, "cell_id");
        violations.NotEmpty(request.Owner, "owner");
        violations.ThrowIfAny();
    }

    public void Check(AcquireLockRequest request)
    {
        var violations = FieldsOf(request);
        if (violations.Present(request.Lock, "lock"))
        {
            violations.NotEmpty(request.Lock.Key, "lock.key");
            violations.NotEmpty(request.Lock.Owner, "lock.owner");
        }
        Ttl(request.TtlMs, violations);
        violations.ThrowIfAny();
    }

    public void Check(ReleaseLockRequest request)
    {
        var violations = FieldsOf(request);
        violations.NotEmpty(request.Key, "key");
        violations.NotEmpty(request.Owner, "owner");
        violations.ThrowIfAny();
    }

    public void Check(ApplyConvergenceRequest request)
    {
        var violations = FieldsOf(request);
        violations.Require(
            request.Commands.Count <= limits.MaxConvergenceCommands,
            "commands",
            $"must be at most {limits.MaxConvergenceCommands}"
        );
        for (var i = 0; i < request.Commands.Count; i++)
        {
            if (VersionOf(request.Commands[i]) is { ActualLrpKey: null })
                violations.Add($"commands[{i}].actual_lrp_key", "must be set");
            violations.Require(
                request.Commands[i].CommandCase != ConvergenceCommand.CommandOneofCase.None,
                $"commands[{i}].command",
                "must be set"
            );
        }
        violations.ThrowIfAny();
    }

    public void Check(ReportCellLossRequest request)
    {
        var violations = FieldsOf(request);
        violations.Present(request.Loss, "loss");
        Cells(request.LostCellIds, "lost_cell_ids", violations);
        violations.ThrowIfAny();
    }

    public void Check(LoseCellsRequest request)
    {
        var violations = FieldsOf(request);
        CellsOrAll(request.CellIds, request.All, violations);
        violations.ThrowIfAny();
    }

    public void Check(KeepCellsRequest request)
    {
        var violations = FieldsOf(request);
        CellsOrAll(request.CellIds, request.All, violations);
        violations.Require(
            request.DurationSeconds <= KeepCells.MaxSeconds,
            "duration_seconds",
            $"must be at most {KeepCells.MaxSeconds} (7 days), and is {request.DurationSeconds}"
        );
        violations.ThrowIfAny();
    }

    private void CellsOrAll(IReadOnlyList<string> cellIds, bool all, Violations violations)
    {
        violations.Require(
            all != cellIds.Count > 0,
            "cell_ids",
            all ? "must be empty when all is set" : "must name at least one cell, unless all is set"
        );
        Cells(cellIds, "cell_ids", violations);
    }

    private void Cells(IReadOnlyList<string> cellIds, string field, Violations violations)
    {
        violations.Require(cellIds.Count <= limits.MaxConvergenceCommands, field, $"must be at most {limits.MaxConvergenceCommands}");
        for (var i = 0; i < cellIds.Count; i++)
            violations.NotEmpty(cellIds[i], $"{field}[{i}]");
    }

    private static LRPVersion? VersionOf(ConvergenceCommand command) =>
        command.CommandCase switch
        {
            ConvergenceCommand.CommandOneofCase.Retire => command.Retire,
            ConvergenceCommand.CommandOneofCase.Unclaim => command.Unclaim,
            ConvergenceCommand.CommandOneofCase.Suspect => command.Suspect,
            ConvergenceCommand.CommandOneofCase.PromoteSuspect => command.PromoteSuspect,
            ConvergenceCommand.CommandOneofCase.RemoveSuspect => command.RemoveSuspect,
            ConvergenceCommand.CommandOneofCase.RemoveEvacuating => command.RemoveEvacuating,
            ConvergenceCommand.CommandOneofCase.Reauction => command.Reauction,
            ConvergenceCommand.CommandOneofCase.UpdateInstance => command.UpdateInstance,
            _ => null,
        };

    private static void Key(ActualLRPKey? key, Violations violations)
    {
        if (!violations.Present(key, "actual_lrp_key"))
            return;
        violations.NotEmpty(key!.ProcessGuid, "actual_lrp_key.process_guid");
        violations.AtLeastZero(key.Index, "actual_lrp_key.index");
        violations.NotEmpty(key.Domain, "actual_lrp_key.domain");
    }

    private static void Instance(ActualLRPInstanceKey? instance, Violations violations)
    {
        if (!violations.Present(instance, "actual_lrp_instance_key"))
            return;
        violations.NotEmpty(instance!.CellId, "actual_lrp_instance_key.cell_id");
        violations.NotEmpty(instance.InstanceGuid, "actual_lrp_instance_key.instance_guid");
    }

    private static void NetInfo(ActualLRPNetInfo? info, Violations violations)
    {
        if (violations.Present(info, "actual_lrp_net_info"))
            violations.NotEmpty(info!.Address, "actual_lrp_net_info.address");
    }

    private static void Presence(CellPresence cell, Violations violations)
    {
        violations.NotEmpty(cell.CellId, "presence.cell_id");
        violations.NotEmpty(cell.RepAddress, "presence.rep_address");
        violations.Require(
            cell.RepUrl.Length == 0
                || cell.RepUrl.StartsWith("http://", StringComparison.Ordinal)
                || cell.RepUrl.StartsWith("https://", StringComparison.Ordinal)
                || cell.RepUrl.StartsWith("unix:///", StringComparison.Ordinal),
            "presence.rep_url",
            "must start with http://, https:// or unix:///"
        );
        if (violations.Present(cell.Capacity, "presence.capacity"))
        {
            violations.Require(cell.Capacity.MemoryMb > 0, "presence.capacity.memory_mb", "must be at least 1");
            violations.AtLeastZero(cell.Capacity.DiskMb, "presence.capacity.disk_mb");
            violations.Require(cell.Capacity.Containers > 0, "presence.capacity.containers", "must be at least 1");
        }
        foreach (var (name, value) in cell.Annotations)
            violations.Require(
                name.Length > 0 && value.Length > 0,
                "presence.annotations",
                "must have neither empty keys nor empty values"
            );
    }

    private static void Ttl(uint ttlMs, Violations violations) =>
        violations.Require(ttlMs is >= MinTtlMs and <= MaxTtlMs, "ttl_ms", $"must be from {MinTtlMs} to {MaxTtlMs}");
}
