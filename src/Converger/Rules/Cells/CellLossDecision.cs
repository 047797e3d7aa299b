namespace Scheduler.Converger.Rules.Cells;

/// <summary>An operator's decision about an absent cell.</summary>
/// <param name="Lose">Give the cell up now, however many others are absent.</param>
/// <param name="KeepUntil">Otherwise, do not give it up before this time.</param>
internal readonly record struct CellLossDecision(bool Lose, DateTimeOffset KeepUntil)
{
    public static readonly CellLossDecision None = new(false, DateTimeOffset.MinValue);

    public bool KeepsAt(DateTimeOffset now) => !Lose && KeepUntil > now;
}
