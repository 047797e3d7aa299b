using Scheduler.Contracts.V1;
using Scheduler.Converger.Rules.Terms;
using Wire = Scheduler.Contracts.V1.ConvergenceCommand;

namespace Scheduler.Converger.Bbs;

/// <summary>One message to the BBS and the rule commands it carries. Creations for one process share a message.</summary>
internal readonly record struct WireCommand(Wire Message, IReadOnlyList<Rules.Terms.ConvergenceCommand> Commands);

/// <summary>Converter from the rules' commands to contract messages.</summary>
internal static class CommandWriter
{
    // A command is one entry in the BBS's commit loop. Creating every instance of a large process in one command would block other commits.
    private const int MaxIndicesPerCommand = 500;

    public static List<WireCommand> Write(IReadOnlyList<Rules.Terms.ConvergenceCommand> commands)
    {
        var written = new List<WireCommand>(commands.Count);
        List<Rules.Terms.ConvergenceCommand>? creations = null;
        Wire? creating = null;
        foreach (var command in commands)
        {
            if (command is not Rules.Terms.ConvergenceCommand.Create create)
            {
                written.Add(new WireCommand(Write(command), [command]));
                continue;
            }
            if (
                creating is null
                || creating.CreateMissing.ProcessGuid != create.Key.ProcessGuid
                || creating.CreateMissing.Indices.Count == MaxIndicesPerCommand
            )
            {
                creating = new Wire
                {
                    Reason = create.Reason,
                    CreateMissing = new CreateMissingLRPs { ProcessGuid = create.Key.ProcessGuid },
                };
                creations = [];
                written.Add(new WireCommand(creating, creations));
            }
            creating.CreateMissing.Indices.Add(create.Key.Index);
            creations!.Add(create);
        }
        return written;
    }

    private static Wire Write(Rules.Terms.ConvergenceCommand command) =>
        command switch
        {
            Rules.Terms.ConvergenceCommand.Retire c => new Wire { Reason = c.Reason, Retire = Version(c.Row) },
            Rules.Terms.ConvergenceCommand.Unclaim c => new Wire { Reason = c.Reason, Unclaim = Version(c.Row) },
            Rules.Terms.ConvergenceCommand.Suspect c => new Wire { Reason = c.Reason, Suspect = Version(c.Row) },
            Rules.Terms.ConvergenceCommand.PromoteSuspect c => new Wire { Reason = c.Reason, PromoteSuspect = Version(c.Row) },
            Rules.Terms.ConvergenceCommand.RemoveSuspect c => new Wire { Reason = c.Reason, RemoveSuspect = Version(c.Row) },
            Rules.Terms.ConvergenceCommand.RemoveEvacuating c => new Wire { Reason = c.Reason, RemoveEvacuating = Version(c.Row) },
            Rules.Terms.ConvergenceCommand.Reauction c => new Wire { Reason = c.Reason, Reauction = Version(c.Row) },
            Rules.Terms.ConvergenceCommand.UpdateInstance c => new Wire { Reason = c.Reason, UpdateInstance = Version(c.Row) },
            Rules.Terms.ConvergenceCommand.FailTask c => new Wire
            {
                Reason = c.Reason,
                FailTask = new FailTask
                {
                    TaskGuid = c.Task.TaskGuid,
                    UpdatedAt = c.Task.UpdatedAtNanos,
                    FailureReason = c.FailureReason,
                },
            },
            Rules.Terms.ConvergenceCommand.ReauctionTask c => new Wire { Reason = c.Reason, ReauctionTask = Version(c.Task) },
            Rules.Terms.ConvergenceCommand.DemoteTask c => new Wire { Reason = c.Reason, DemoteTask = Version(c.Task) },
            Rules.Terms.ConvergenceCommand.ResubmitCallback c => new Wire { Reason = c.Reason, ResubmitCallback = Version(c.Task) },
            Rules.Terms.ConvergenceCommand.DeleteTask c => new Wire { Reason = c.Reason, DeleteTask = Version(c.Task) },
            _ => throw new ArgumentOutOfRangeException(nameof(command), command, "a command without a message"),
        };

    private static LRPVersion Version(ActualView row)
    {
        var version = new LRPVersion
        {
            ActualLrpKey = new ActualLRPKey
            {
                ProcessGuid = row.Key.ProcessGuid,
                Index = row.Key.Index,
                Domain = row.Domain,
            },
            Epoch = row.Tag.Epoch,
            Index = row.Tag.Index,
        };
        if (row.OnCell)
        {
            version.ActualLrpInstanceKey = new ActualLRPInstanceKey
            {
                InstanceGuid = row.Instance.InstanceGuid,
                CellId = row.Instance.CellId.Value,
            };
        }
        return version;
    }

    private static TaskVersion Version(TaskView task) => new() { TaskGuid = task.TaskGuid, UpdatedAt = task.UpdatedAtNanos };
}
