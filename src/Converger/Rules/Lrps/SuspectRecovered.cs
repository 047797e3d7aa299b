using Scheduler.Models;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>
/// The suspect's cell is back before a replacement runs: it is the instance again. A replacement that is already RUNNING
/// stays, unless its own cell is lost; while that cell is merely not heard of, nobody decides between the two.
/// </summary>
internal static class SuspectRecovered
{
    public static Verdict Decide(in SlotSeen slot, Surroundings around)
    {
        if (slot.Suspect is not { } suspect || around.Standing(suspect.Instance.CellId) != CellStanding.Present)
            return Verdict.Nothing;
        if (slot.Ordinary is { State: ActualLrpState.Running } replacement
            && around.Standing(replacement.Instance.CellId) != CellStanding.Lost)
            return Verdict.Nothing;
        return Verdict.Do(new ConvergenceCommand.PromoteSuspect(suspect, $"cell {suspect.Instance.CellId} is back"));
    }
}
