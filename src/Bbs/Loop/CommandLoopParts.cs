using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Events;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Loop;

/// <summary>What the commit loop works with.</summary>
internal sealed record CommandLoopParts
{
    public required IBbsStore Store { get; init; }

    /// <summary>The term that every commit is checked against.</summary>
    public required long Epoch { get; init; }

    /// <summary>For how long nobody had led before this term: no lock was renewed in that time.</summary>
    public TimeSpan Vacancy { get; init; }

    public required EventHub Events { get; init; }

    public required IFollowUps FollowUps { get; init; }

    public required TimeProvider Time { get; init; }

    public required Func<string> NewGuid { get; init; }

    /// <summary>Whether this node's term still lasts, by its own clock.</summary>
    public required Func<bool> MayServe { get; init; }

    public required LoopOptions Options { get; init; }

    public required BbsMetrics Metrics { get; init; }

    public required ILogger Logger { get; init; }
}

/// <summary>Takes what is to happen outside after a commit. Must not block: the loop waits for it.</summary>
internal interface IFollowUps
{
    void Take(IReadOnlyList<FollowUp> followUps);
}
