namespace Scheduler.Bbs.Storage;

/// <summary>The store could not be reached, or answered with an error of its own.</summary>
public sealed class StoreException(string message, bool outcomeUnknown = false, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the write may have happened all the same: the answer to COMMIT was lost.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;

    /// <summary>Nothing was written because the store's disk is full: the same succeeds when there is room.</summary>
    public bool NoRoom { get; init; }

    /// <summary>
    /// Whether the store is well and will not have a row of this batch: a constraint, a value that does not fit. Nothing was written, and
    /// another try of the same batch would end the same way.
    /// </summary>
    public bool RowRefused { get; init; }
}

/// <summary>Another node leads, or this one in a later term: whatever this term still wants to write is refused.</summary>
public sealed class LeadershipLostException(long epoch)
    : Exception($"the term with epoch {epoch} is over: another one has begun")
{
    public long Epoch { get; } = epoch;
}
