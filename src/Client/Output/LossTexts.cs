using System.Globalization;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Output;

/// <summary>Formats losses of cells for people.</summary>
internal static class LossTexts
{
    public static string Standing(AbsentCell cell) => cell.Standing.ToString().ToUpperInvariant();

    /// <summary>Details that the standing alone does not show.</summary>
    public static string Remark(AbsentCell cell, DateTimeOffset now) =>
        cell switch
        {
            { Standing: AbsentCell.Types.Standing.Lost } => $"given up {Texts.Age(cell.LostAt, now)} ago",
            { Verdict: AbsentCell.Types.Verdict.Lose } => "given up by an operator",
            { Verdict: AbsentCell.Types.Verdict.Keep } when Left(cell.KeepUntil, now) is { } left =>
                $"kept by an operator for another {left}",
            _ => "",
        };

    /// <summary>Text of the event of a cell.</summary>
    public static string Describe(AbsentCell cell) =>
        $"{cell.CellId} {Standing(cell)}"
        + cell switch
        {
            { Verdict: AbsentCell.Types.Verdict.Lose } => ", by an operator",
            { Verdict: AbsentCell.Types.Verdict.Keep, Standing: AbsentCell.Types.Standing.Unheard } =>
                $", kept by an operator until {Texts.Local(cell.KeepUntil)}",
            _ => "",
        };

    /// <summary>Text of the event of the fleet.</summary>
    public static string Describe(CellLoss loss) =>
        loss.Mode switch
        {
            CellLoss.Types.Mode.Paced =>
                $"{Counts(loss)}; given up one by one at {Rate(loss)} per second; {loss.GivenUp} given up since {Texts.Local(loss.Since)}",
            CellLoss.Types.Mode.Held => $"{Counts(loss)}; none is given up before {Texts.Local(loss.HeldUntil)}",
            _ => $"no absent cell is left to give up; {loss.GivenUp} given up since {Texts.Local(loss.Since)}",
        };

    /// <summary>The note shown to an operator who lists cells.</summary>
    public static string Describe(CellLoss loss, DateTimeOffset now) =>
        loss.Mode switch
        {
            CellLoss.Types.Mode.Paced => $"{Counts(loss)}: too many at once, so they are given up one by one at {Rate(loss)} per second; "
                + $"{loss.GivenUp} so far, in {Texts.Age(loss.Since, now)}.",
            _ => $"{Counts(loss)}: none is given up for another {Left(loss.HeldUntil, now) ?? "0s"}.",
        };

    private static string Counts(CellLoss loss) =>
        $"{loss.Unheard} of {loss.Unheard + loss.Present} cells unheard" + (loss.Kept > 0 ? $", {loss.Kept} of them kept" : "");

    private static string Rate(CellLoss loss) => loss.CellsPerSecond.ToString("0.###", CultureInfo.InvariantCulture);

    private static string? Left(long until, DateTimeOffset now)
    {
        var left = UnixNanos.ToTime(until) - now;
        return left > TimeSpan.Zero ? Texts.Span(left) : null;
    }
}
