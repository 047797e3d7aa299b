namespace Scheduler.Converger.Rules.Cells;

/// <summary>What an operator has decided about an absent cell.</summary>
/// <param name="Lose">Give it up now, however many went at once.</param>
/// <param name="KeepUntil">Otherwise: do not give it up before this.</param>
internal readonly record struct CellLossDecision(bool Lose, DateTimeOffset KeepUntil)
{
    public static readonly CellLossDecision None = new(false, DateTimeOffset.MinValue);

    public bool KeepsAt(DateTimeOffset now) => !Lose && KeepUntil > now;
}
