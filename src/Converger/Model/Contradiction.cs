namespace Scheduler.Converger.Model;

/// <summary>Kind of inconsistency in received data.</summary>
internal enum ContradictionKind
{
    /// <summary>It cannot be interpreted: it is ignored, and what it refers to is left alone.</summary>
    Unreadable,

    /// <summary>A snapshot contains the same thing twice, with differences: one of the two is used.</summary>
    Duplicate,

    /// <summary>It can be read but is not possible: the readable part is used, and the rules repair what they can.</summary>
    Impossible,

    /// <summary>The rules throw on it.</summary>
    Undecidable,
}

/// <summary>Received data that contradicts itself, the contract, or earlier data.</summary>
/// <param name="Row">The row, named as precisely as possible.</param>
internal readonly record struct Contradiction(ContradictionKind Kind, string Row, string Why);
