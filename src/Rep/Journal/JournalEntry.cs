using Scheduler.Rep.Capacity;

namespace Scheduler.Rep.Journal;

/// <summary>
/// What a cell must still know of a container after a restart of its rep and cannot learn from the container runtime: what
/// is to run, what was decided, and what became of it. Exit codes and output are the runtime's to keep.
/// </summary>
internal sealed record JournalEntry
{
    public required string ContainerGuid { get; init; }

    public bool IsTask { get; init; }

    public string ProcessGuid { get; init; } = "";

    public int Index { get; init; }

    public required string Domain { get; init; }

    /// <summary>As reserved, proxy memory included.</summary>
    public required Demand Demand { get; init; }

    /// <summary>The bytes of the DesiredLRP or the Task.</summary>
    public required byte[] Work { get; init; }

    /// <summary>The runtime has made the container; when it is not there any more, it is lost.</summary>
    public bool Created { get; init; }

    public DateTimeOffset? RunningSince { get; init; }

    public DateTimeOffset? StopRequestedAt { get; init; }

    /// <summary>The container goes without a report: a cancelled task, a lost claim.</summary>
    public bool Unreported { get; init; }

    /// <summary>Why the run began to end, once that is decided.</summary>
    public Ending? Ending { get; init; }

    public Outcome? Outcome { get; init; }

    /// <summary>Null: as desired at the claim.</summary>
    public IReadOnlyList<string>? InternalRoutes { get; init; }

    /// <summary>Null: as desired at the claim.</summary>
    public IReadOnlyDictionary<string, string>? MetricTags { get; init; }

    /// <summary>What steps wrote down: moments as UTC ticks, choices as numbers.</summary>
    public IReadOnlyDictionary<string, long> Notes { get; init; } = new Dictionary<string, long>();
}

/// <summary>What set the end of a run going: one of its members (action, then sidecars), its health check, or its loss.</summary>
/// <param name="Member">Index of the member that ended first; −1 for none.</param>
/// <param name="Reason">Null when the member itself tells the reason.</param>
/// <param name="At">From here counts the grace of the others.</param>
internal sealed record Ending(int Member, string? Reason, DateTimeOffset At);

/// <summary>How a container's run ended.</summary>
internal sealed record Outcome
{
    public bool Failed { get; init; }

    /// <summary>May be empty, also for an LRP that crashed: it exited with 0.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The cause was the cell's, not the work's: a task may be tried again elsewhere.</summary>
    public bool Retryable { get; init; }

    /// <summary>The cause is the work itself, such as its image or the path of its program: no cell will do better at another time.</summary>
    public bool Permanent { get; init; }

    /// <summary>It ended because it was asked to.</summary>
    public bool Stopped { get; init; }

    /// <summary>A task's; empty otherwise.</summary>
    public string Result { get; init; } = "";
}
