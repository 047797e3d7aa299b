using System.Collections.Immutable;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.State;

/// <summary>
/// The complete state of the BBS as of one revision. Immutable: readers may keep it as long as they like while the commit loop builds the
/// next one. Rows are generated messages that must not be modified once they are in here.
/// </summary>
/// <remarks>
/// Sorted by ordinal key, so that lists have the same order in every process and prefixes are ranges. Consecutive states share all tree
/// nodes except those on changed paths.
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

    /// <summary>Guids of tasks by the cell that the task names.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedSet<string>> TasksByCell { get; init; } =
        EmptyTable<ImmutableSortedSet<string>>();

    public ImmutableSortedDictionary<string, DomainRow> Domains { get; init; } = EmptyTable<DomainRow>();

    public ImmutableSortedDictionary<string, CellRow> Cells { get; init; } = EmptyTable<CellRow>();

    /// <summary>
    /// Absent cells that own instances or running tasks, if their departure was observed. Work may name further cells that were never
    /// announced.
    /// </summary>
    public ImmutableSortedDictionary<string, AbsentCell> AbsentCells { get; init; } = EmptyTable<AbsentCell>();

    /// <summary>The mode of giving up cells, under <see cref="CellLossKey.Fleet"/>; empty while cells are given up at once.</summary>
    public ImmutableSortedDictionary<string, CellLoss> CellLosses { get; init; } = EmptyTable<CellLoss>();

    public ImmutableSortedDictionary<string, LockRow> Locks { get; init; } = EmptyTable<LockRow>();

    /// <summary>Number of desired LRPs, actual LRPs and tasks per domain.</summary>
    public ImmutableSortedDictionary<string, int> DomainUses { get; init; } = EmptyTable<int>();

    public StateCounts Counts { get; init; }

    public ActualLRP? Find(in ActualLrpRowKey key) =>
        Processes.TryGetValue(key.ProcessGuid, out var process) ? process.Find(key.Index, key.Presence) : null;

    public ProcessRows RowsOf(string processGuid) => Processes.GetValueOrDefault(processGuid) ?? ProcessRows.None;

    public bool IsFresh(string domain, long nowNs) => Domains.TryGetValue(domain, out var row) && row.IsFreshAt(nowNs);

    /// <summary>Whether any row carries the domain, or the domain is still fresh.</summary>
    public bool KnowsDomain(string domain) => DomainUses.ContainsKey(domain) || Domains.ContainsKey(domain);

    public static ImmutableSortedDictionary<string, T> EmptyTable<T>() =>
        ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}
