using Scheduler.Bbs.Commands.Cells;

namespace Scheduler.Bbs.Commands.Convergence;

/// <summary>Repairs decided by the converger on its snapshot. They are independent: a stale repair does not stop the others.</summary>
internal sealed class ApplyConvergence(ApplyConvergenceRequest request) : Command<ApplyConvergenceResponse>
{
    public override Result<ApplyConvergenceResponse> Decide(Decision decision)
    {
        var response = new ApplyConvergenceResponse();
        foreach (var command in request.Commands)
        {
            var result = new ConvergenceResult();
            if (Apply(decision, command) is { } refusal)
                result.Error = new Error { Type = (Error.Types.Type)refusal.Kind, Message = refusal.Message };
            response.Results.Add(result);
            decision.NextEmission();
        }
        return response;
    }

    private static DomainError? Apply(Decision decision, ConvergenceCommand command) =>
        command.CommandCase switch
        {
            ConvergenceCommand.CommandOneofCase.CreateMissing => LrpRepairs.CreateMissing(decision, command.CreateMissing),
            ConvergenceCommand.CommandOneofCase.Retire => LrpRepairs.Retire(decision, command.Retire),
            ConvergenceCommand.CommandOneofCase.Unclaim => LrpRepairs.Unclaim(decision, command.Unclaim),
            ConvergenceCommand.CommandOneofCase.Reauction => LrpRepairs.Reauction(decision, command.Reauction),
            ConvergenceCommand.CommandOneofCase.UpdateInstance => LrpRepairs.UpdateInstance(decision, command.UpdateInstance),
            ConvergenceCommand.CommandOneofCase.Suspect => SuspectRepairs.Suspect(decision, command.Suspect),
            ConvergenceCommand.CommandOneofCase.PromoteSuspect => SuspectRepairs.Promote(decision, command.PromoteSuspect),
            ConvergenceCommand.CommandOneofCase.RemoveSuspect => SuspectRepairs.Remove(
                decision,
                command.RemoveSuspect,
                LrpPresence.Suspect
            ),
            ConvergenceCommand.CommandOneofCase.RemoveEvacuating => SuspectRepairs.Remove(
                decision,
                command.RemoveEvacuating,
                LrpPresence.Evacuating
            ),
            ConvergenceCommand.CommandOneofCase.FailTask => TaskRepairs.Fail(decision, command.FailTask),
            ConvergenceCommand.CommandOneofCase.ReauctionTask => TaskRepairs.Reauction(decision, command.ReauctionTask),
            ConvergenceCommand.CommandOneofCase.DemoteTask => TaskRepairs.Demote(decision, command.DemoteTask),
            ConvergenceCommand.CommandOneofCase.ResubmitCallback => TaskRepairs.ResubmitCallback(decision, command.ResubmitCallback),
            ConvergenceCommand.CommandOneofCase.DeleteTask => TaskRepairs.Delete(decision, command.DeleteTask),
            _ => DomainError.Invalid("commands.command", "must be a known command"),
        };
}

/// <summary>The errors for a repair whose target has changed since the converger saw it.</summary>
internal static class Stale
{
    public static DomainError Because(string what, string why) => new(ErrorKind.StaleVersion, $"{what}: {why}");

    /// <summary>Since the converger gave up the cell, it may have returned, or an operator may have ordered to keep it.</summary>
    /// <returns>null while the cell still counts as lost.</returns>
    public static DomainError? UnlessLost(Decision decision, string cellId, string what)
    {
        if (decision.State.Cell(cellId) is not null)
            return Because(what, $"its cell {cellId} is present");
        return Absence.Find(decision.State, cellId) is { } absent && absent.IsKeptAt(decision.NowNs)
            ? Because(what, $"its cell {cellId} is kept by an operator")
            : null;
    }
}
