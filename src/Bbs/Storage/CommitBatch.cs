namespace Scheduler.Bbs.Storage;

/// <summary>All row changes of one batch of commands, as they are committed.</summary>
public sealed class CommitBatch : StateChanges
{
    /// <summary>The term of leadership in which the batch was decided.</summary>
    public required long Epoch { get; init; }
}
