namespace Scheduler.Converger.Rules.Cells;

/// <summary>Report to operators of how absent cells are given up. The default value means at once, with nothing to report.</summary>
/// <param name="Unheard">Cells that are absent and not given up.</param>
/// <param name="Kept">How many of those an operator keeps.</param>
/// <param name="CellsPerSecond">While paced.</param>
/// <param name="HeldUntil">While held.</param>
internal readonly record struct LossReport(
    LossMode Mode,
    int Unheard,
    int Kept,
    int Present,
    double CellsPerSecond,
    DateTimeOffset? HeldUntil
)
{
    public static LossReport Of(CellWatch watch, double cellsPerSecond) =>
        watch.Mode switch
        {
            LossMode.AtOnce => default,
            var mode => new LossReport(
                mode,
                watch.Unheard,
                watch.Kept,
                watch.Present,
                mode == LossMode.Paced ? cellsPerSecond : 0,
                watch.HeldUntil
            ),
        };
}
