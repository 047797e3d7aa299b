namespace Scheduler.Bbs.Storage;

/// <summary>The store could not be reached or returned an error.</summary>
public sealed class StoreException(string message, bool outcomeUnknown = false, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the write may have taken effect anyway, because the reply to COMMIT was lost.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;

    /// <summary>Nothing was written because the store's disk is full; a retry succeeds once there is room.</summary>
    public bool NoRoom { get; init; }

    /// <summary>
    /// Whether the store is healthy but refuses a row of this batch, because of a constraint or a value that does not fit. Nothing was
    /// written, and a retry of the same batch would fail the same way.
    /// </summary>
    public bool RowRefused { get; init; }
}

/// <summary>Another node leads, or this node in a later term: any further write of this term is refused.</summary>
public sealed class LeadershipLostException(long epoch) : Exception($"the term with epoch {epoch} is over: another one has begun")
{
    public long Epoch { get; } = epoch;
}
