using Scheduler.Contracts.V1;
using Scheduler.Converger.Rules.Cells;
using Scheduler.Models;

namespace Scheduler.Converger.Model;

/// <summary>Converter between contract messages and the rules' types for absent cells.</summary>
internal static class LossReader
{
    public static CellLossDecision Decision(AbsentCell absent) =>
        absent.Verdict switch
        {
            AbsentCell.Types.Verdict.Lose => new CellLossDecision(true, DateTimeOffset.MinValue),
            AbsentCell.Types.Verdict.Keep => new CellLossDecision(false, UnixNanos.ToTime(absent.KeepUntil)),
            // None, or a verdict of a newer BBS: the rules continue as if no operator had decided.
            _ => CellLossDecision.None,
        };

    public static LossReport Read(CellLoss loss) =>
        loss.Mode switch
        {
            CellLoss.Types.Mode.Paced => new(LossMode.Paced, loss.Unheard, loss.Kept, loss.Present, loss.CellsPerSecond, null),
            CellLoss.Types.Mode.Held => new(LossMode.Held, loss.Unheard, loss.Kept, loss.Present, 0, UnixNanos.ToTime(loss.HeldUntil)),
            _ => default,
        };

    public static CellLoss Write(LossReport report) =>
        new()
        {
            Mode = report.Mode switch
            {
                LossMode.Paced => CellLoss.Types.Mode.Paced,
                LossMode.Held => CellLoss.Types.Mode.Held,
                LossMode.AtOnce => CellLoss.Types.Mode.AtOnce,
            },
            Unheard = report.Unheard,
            Kept = report.Kept,
            Present = report.Present,
            CellsPerSecond = report.CellsPerSecond,
            HeldUntil = report.HeldUntil is { } until ? UnixNanos.From(until) : 0,
        };
}
