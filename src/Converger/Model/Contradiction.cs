namespace Scheduler.Converger.Model;

/// <summary>What is wrong with something that was told.</summary>
internal enum ContradictionKind
{
    /// <summary>It means nothing: it is left out, and what it is about is left alone.</summary>
    Unreadable,

    /// <summary>A snapshot tells the same thing twice and differently: one of the two is believed.</summary>
    Duplicate,

    /// <summary>It can be read and cannot be: it is believed as far as it goes, and the rules mend what they can.</summary>
    Impossible,

    /// <summary>The rules failed on it.</summary>
    Undecidable,
}

/// <summary>Something told that contradicts itself, the contract, or what was told before.</summary>
/// <param name="Row">Which row, as well as it can be named.</param>
internal readonly record struct Contradiction(ContradictionKind Kind, string Row, string Why);
