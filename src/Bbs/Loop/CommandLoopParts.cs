using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Events;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Loop;

/// <summary>Dependencies of the commit loop.</summary>
internal sealed record CommandLoopParts
{
    public required IBbsStore Store { get; init; }

    /// <summary>The term that every commit is checked against.</summary>
    public required long Epoch { get; init; }

    /// <summary>How long there was no leader before this term: locks could not be renewed in that time.</summary>
    public TimeSpan Vacancy { get; init; }

    public required EventHub Events { get; init; }

    public required IFollowUps FollowUps { get; init; }

    public required TimeProvider Time { get; init; }

    public required Func<string> NewGuid { get; init; }

    /// <summary>Whether this node's term is still valid by its own clock.</summary>
    public required Func<bool> MayServe { get; init; }

    public required LoopOptions Options { get; init; }

    public required BbsMetrics Metrics { get; init; }

    public required ILogger Logger { get; init; }
}

/// <summary>Receives the follow-ups of a commit. Must not block: the loop waits for it.</summary>
internal interface IFollowUps
{
    void Take(IReadOnlyList<FollowUp> followUps);
}
