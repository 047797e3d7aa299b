using Scheduler.Rep.Capacity;

namespace Scheduler.Rep.Journal;

/// <summary>
/// What a restarted rep must know about a container and cannot get from the container runtime: the work definition, the decisions
/// made and the outcome. The runtime keeps exit codes and output.
/// </summary>
internal sealed record JournalEntry
{
    public required string ContainerGuid { get; init; }

    public bool IsTask { get; init; }

    public string ProcessGuid { get; init; } = "";

    public int Index { get; init; }

    public required string Domain { get; init; }

    /// <summary>The reserved memory, including the proxy's.</summary>
    public required Demand Demand { get; init; }

    /// <summary>The serialized DesiredLRP or Task. Empty while <see cref="Asking"/>.</summary>
    public required byte[] Work { get; init; }

    /// <summary>
    /// A task that is only reserved, and whose start the BBS may have recorded: nothing of it exists on the cell. The next rep asks
    /// for the start again.
    /// </summary>
    public bool Asking { get; init; }

    /// <summary>The runtime has created the container; if it is missing from now on, it is lost.</summary>
    public bool Created { get; init; }

    public DateTimeOffset? RunningSince { get; init; }

    public DateTimeOffset? StopRequestedAt { get; init; }

    /// <summary>Delete the container without a report, as for a cancelled task or a lost claim.</summary>
    public bool Unreported { get; init; }

    /// <summary>What made the run end, once decided.</summary>
    public Ending? Ending { get; init; }

    public Outcome? Outcome { get; init; }

    /// <summary>Null: as desired at the claim.</summary>
    public IReadOnlyList<string>? InternalRoutes { get; init; }

    /// <summary>Null: as desired at the claim.</summary>
    public IReadOnlyDictionary<string, string>? MetricTags { get; init; }

    /// <summary>Notes of steps: times as UTC ticks, choices as numbers.</summary>
    public IReadOnlyDictionary<string, long> Notes { get; init; } = new Dictionary<string, long>();
}

/// <summary>What made a run end: one of its members (the action, then sidecars), its health check, or the loss of its container.</summary>
/// <param name="Member">Index of the member that ended first; −1: none.</param>
/// <param name="Reason">Null if the member itself provides the reason.</param>
/// <param name="At">Start of the other members' grace period.</param>
internal sealed record Ending(int Member, string? Reason, DateTimeOffset At);

/// <summary>How a container's run ended.</summary>
internal sealed record Outcome
{
    public bool Failed { get; init; }

    /// <summary>May be empty, even for a crashed LRP: it exited with 0.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The cell caused the failure, not the work: a task may be retried elsewhere.</summary>
    public bool Retryable { get; init; }

    /// <summary>
    /// The work itself caused the failure, for example by its image or program path: a retry on any cell would fail the same way.
    /// </summary>
    public bool Permanent { get; init; }

    /// <summary>It ended because it was asked to stop.</summary>
    public bool Stopped { get; init; }

    /// <summary>The result of a task; otherwise empty.</summary>
    public string Result { get; init; } = "";
}
