using System.Collections.Immutable;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.State;

/// <summary>
/// Everything that the BBS knows, as of one revision. Immutable: whoever holds it may read it for as long as it likes,
/// while the commit loop makes the next one. Rows are generated messages that nobody changes once they are in here.
/// </summary>
/// <remarks>
/// Sorted by ordinal key, so that lists come in the same order in every process and prefixes are ranges. The trees share
/// all but the changed paths with the state before.
/// </remarks>
internal sealed class BbsState
{
    public static readonly BbsState Empty = new();

    public ulong Revision { get; init; }

    public ImmutableSortedDictionary<string, DesiredLRP> DesiredLrps { get; init; } = EmptyTable<DesiredLRP>();

    /// <summary>Actual LRPs by process guid.</summary>
    public ImmutableSortedDictionary<string, ProcessRows> Processes { get; init; } = EmptyTable<ProcessRows>();

    /// <summary>Keys of the actual LRPs that a cell has claimed, by cell id.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedSet<ActualLrpRowKey>> RowsByCell { get; init; } =
        EmptyTable<ImmutableSortedSet<ActualLrpRowKey>>();

    public ImmutableSortedDictionary<string, OneOffTask> Tasks { get; init; } = EmptyTable<OneOffTask>();

    /// <summary>Guids of tasks by the cell that they carry.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedSet<string>> TasksByCell { get; init; } =
        EmptyTable<ImmutableSortedSet<string>>();

    public ImmutableSortedDictionary<string, DomainRow> Domains { get; init; } = EmptyTable<DomainRow>();

    public ImmutableSortedDictionary<string, CellRow> Cells { get; init; } = EmptyTable<CellRow>();

    /// <summary>Cells that are not present and own instances or running tasks, as far as somebody saw them go. Work may name others, which were never announced.</summary>
    public ImmutableSortedDictionary<string, AbsentCell> AbsentCells { get; init; } = EmptyTable<AbsentCell>();

    /// <summary>How cells are given up, under <see cref="CellLossKey.Fleet"/>; empty while they are given up at once.</summary>
    public ImmutableSortedDictionary<string, CellLoss> CellLosses { get; init; } = EmptyTable<CellLoss>();

    public ImmutableSortedDictionary<string, LockRow> Locks { get; init; } = EmptyTable<LockRow>();

    /// <summary>How many desired LRPs, actual LRPs and tasks carry each domain.</summary>
    public ImmutableSortedDictionary<string, int> DomainUses { get; init; } = EmptyTable<int>();

    public StateCounts Counts { get; init; }

    public ActualLRP? Find(in ActualLrpRowKey key) =>
        Processes.TryGetValue(key.ProcessGuid, out var process) ? process.Find(key.Index, key.Presence) : null;

    public ProcessRows RowsOf(string processGuid) => Processes.GetValueOrDefault(processGuid) ?? ProcessRows.None;

    public bool IsFresh(string domain, long nowNs) => Domains.TryGetValue(domain, out var row) && row.IsFreshAt(nowNs);

    /// <summary>Whether anything carries the domain, or ever said that it is fresh and still is.</summary>
    public bool KnowsDomain(string domain) => DomainUses.ContainsKey(domain) || Domains.ContainsKey(domain);

    public static ImmutableSortedDictionary<string, T> EmptyTable<T>() =>
        ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}
