using Scheduler.Converger.Rules.Cells;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Terms;

/// <summary>What the rules know of a cell.</summary>
internal enum CellStanding
{
    /// <summary>Not heard of, but not given up: nothing on it is touched. Also the answer for a cell that nobody ever named.</summary>
    Unheard,

    /// <summary>Its presence lives.</summary>
    Present,

    /// <summary>Given up by <see cref="CellWatch"/>: what runs there is replaced.</summary>
    Lost,
}

/// <summary>How long the rules wait. Diego's values as defaults.</summary>
internal sealed record ConvergenceTimings
{
    public static readonly ConvergenceTimings Default = new();

    /// <summary>An UNCLAIMED row older than this is auctioned again: its auction was lost, or its cell never claimed.</summary>
    public TimeSpan StaleUnclaimed { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A Pending task is auctioned again this long after its last change.</summary>
    public TimeSpan PendingTaskRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A Pending task older than this fails.</summary>
    public TimeSpan PendingTaskExpiry { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A Completed or Resolving task that has not moved for this long gets its callback again.</summary>
    public TimeSpan TaskKick { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A task that completed this long ago is deleted, resolved or not.</summary>
    public TimeSpan CompletedTaskExpiry { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Retries that fall due together are spread over this long; see <see cref="Terms.RetrySpread"/>.</summary>
    public TimeSpan RetrySpread { get; init; }

    /// <summary>How much later than the rule says this instance or task has its turn.</summary>
    public TimeSpan Later(string guid, int index = 0) => Terms.RetrySpread.Of(RetrySpread, guid, index);
}

/// <summary>What a decision sees besides the slot or task itself.</summary>
/// <param name="Cells">Standing of every cell that is known; others count as <see cref="CellStanding.Unheard"/>.</param>
/// <param name="Domains">Expiry of each domain that was marked fresh; <see cref="DateTimeOffset.MaxValue"/>: never.</param>
internal sealed record ConvergenceContext(
    DateTimeOffset Now,
    IReadOnlyDictionary<CellId, CellStanding> Cells,
    IReadOnlyDictionary<string, DateTimeOffset> Domains,
    ConvergenceTimings Timings)
{
    public CellStanding Standing(CellId cell) => Cells.GetValueOrDefault(cell, CellStanding.Unheard);

    /// <summary>Whether the desired set of the domain is said to be complete now: the licence for destructive repair.</summary>
    public bool IsFresh(string domain) => FreshUntil(domain) is not null;

    /// <summary>When the domain's freshness ends; null when it is not fresh.</summary>
    public DateTimeOffset? FreshUntil(string domain) => Domains.TryGetValue(domain, out var expires) && expires > Now ? expires : null;
}
