using Scheduler.Converger.Rules.Cells;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Terms;

/// <summary>Standing of a cell, as the rules see it.</summary>
internal enum CellStanding
{
    /// <summary>Absent but not given up: nothing on it is touched. Also the standing of a cell that nothing has named.</summary>
    Unheard,

    /// <summary>Its presence is valid.</summary>
    Present,

    /// <summary>Given up by <see cref="CellWatch"/>: its work is replaced.</summary>
    Lost,
}

/// <summary>Delays of the rules. The defaults are Diego's values.</summary>
internal sealed record ConvergenceTimings
{
    public static readonly ConvergenceTimings Default = new();

    /// <summary>Age at which an UNCLAIMED row is auctioned again: its auction was lost, or its cell never claimed.</summary>
    public TimeSpan StaleUnclaimed { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time since its last change after which a Pending task is auctioned again.</summary>
    public TimeSpan PendingTaskRetry { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Age at which a Pending task fails.</summary>
    public TimeSpan PendingTaskExpiry { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Time without a change after which the callback of a Completed or Resolving task is submitted again.</summary>
    public TimeSpan TaskKick { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time after completion at which a task is deleted, resolved or not.</summary>
    public TimeSpan CompletedTaskExpiry { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Period over which retries that fall due together are spread; see <see cref="Terms.RetrySpread"/>.</summary>
    public TimeSpan RetrySpread { get; init; }

    /// <summary>Offset of this instance or task from the due time that the rule gives.</summary>
    public TimeSpan Later(string guid, int index = 0) => Terms.RetrySpread.Of(RetrySpread, guid, index);
}

/// <summary>Input of a decision besides the slot or task itself.</summary>
/// <param name="Cells">Standing of every known cell; others count as <see cref="CellStanding.Unheard"/>.</param>
/// <param name="Domains">Expiry of each domain that was marked fresh; <see cref="DateTimeOffset.MaxValue"/> means never.</param>
internal sealed record ConvergenceContext(
    DateTimeOffset Now,
    IReadOnlyDictionary<CellId, CellStanding> Cells,
    IReadOnlyDictionary<string, DateTimeOffset> Domains,
    ConvergenceTimings Timings
)
{
    public CellStanding Standing(CellId cell) => Cells.GetValueOrDefault(cell, CellStanding.Unheard);

    /// <summary>Whether the domain's desired set is declared complete now, which permits destructive repair.</summary>
    public bool IsFresh(string domain) => FreshUntil(domain) is not null;

    /// <summary>When the domain's freshness ends; null if it is not fresh.</summary>
    public DateTimeOffset? FreshUntil(string domain) => Domains.TryGetValue(domain, out var expires) && expires > Now ? expires : null;
}
