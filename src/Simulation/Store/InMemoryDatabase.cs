using Google.Protobuf;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Tables;

namespace Scheduler.Simulation.Store;

/// <summary>
/// The data behind an <see cref="InMemoryBbsStore"/>; several stores over one database model several BBS nodes on one server.
/// </summary>
/// <remarks>Rows are kept as bytes, so that later changes of a node's objects do not change what is stored.</remarks>
public sealed class InMemoryDatabase
{
    internal Lock Gate { get; } = new();

    internal long Epoch { get; set; }

    internal string Owner { get; set; } = "";

    internal string Value { get; set; } = "";

    internal DateTimeOffset ExpiresAt { get; set; }

    internal ulong Revision { get; set; }

    internal SortedDictionary<string, byte[]> DesiredLrps { get; private set; } = new(StringComparer.Ordinal);

    internal SortedDictionary<ActualLrpRowKey, byte[]> ActualLrps { get; private set; } = new(ByKey);

    internal SortedDictionary<string, byte[]> Tasks { get; private set; } = new(StringComparer.Ordinal);

    internal SortedDictionary<string, DomainRow> Domains { get; private set; } = new(StringComparer.Ordinal);

    internal SortedDictionary<string, (byte[] Presence, string Owner, uint TtlMs)> Cells { get; private set; } =
        new(StringComparer.Ordinal);

    internal SortedDictionary<string, byte[]> AbsentCells { get; private set; } = new(StringComparer.Ordinal);

    internal SortedDictionary<string, byte[]> CellLosses { get; private set; } = new(StringComparer.Ordinal);

    internal SortedDictionary<string, LockRow> Locks { get; private set; } = new(StringComparer.Ordinal);

    private static readonly Comparer<ActualLrpRowKey> ByKey = Comparer<ActualLrpRowKey>.Create(
        (a, b) =>
            string.CompareOrdinal(a.ProcessGuid, b.ProcessGuid) is var byGuid and not 0 ? byGuid
            : a.Index != b.Index ? a.Index.CompareTo(b.Index)
            : a.Presence.CompareTo(b.Presence)
    );

    /// <summary>The keys of the rows that each of the last commits changed, by revision.</summary>
    internal SortedDictionary<ulong, ChangedRows> Changed { get; } = [];

    /// <summary>Number of committed batches.</summary>
    public int Commits { get; private set; }

    internal void Apply(CommitBatch batch)
    {
        Apply(batch.DesiredLrps, DesiredLrps, row => row.ProcessGuid, row => row.ToByteArray());
        Apply(batch.ActualLrps, ActualLrps, Key, row => row.ToByteArray());
        Apply(batch.Tasks, Tasks, row => row.TaskGuid, row => row.ToByteArray());
        Apply(batch.Domains, Domains, row => row.Domain, row => row);
        Apply(batch.Cells, Cells, row => row.CellId, row => (row.Presence.ToByteArray(), row.Owner, row.TtlMs));
        Apply(batch.AbsentCells, AbsentCells, row => row.CellId, row => row.ToByteArray());
        Apply(batch.CellLoss, CellLosses, _ => CellLossKey.Fleet, row => row.ToByteArray());
        Apply(batch.Locks, Locks, row => row.Key, row => row);
        Revision = batch.Revision;
        Changed[Revision] = ChangedKeys.Of(batch);
        if (Changed.Count > ChangedKeys.KeptCommits)
            Changed.Remove(Changed.Keys.First());
        Commits++;
    }

    private static ActualLrpRowKey Key(ActualLRP row) =>
        new(row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index, (Models.LrpPresence)row.Presence);

    private static void Apply<TKey, TRow, TStored>(
        RowChanges<TKey, TRow> changes,
        SortedDictionary<TKey, TStored> table,
        Func<TRow, TKey> keyOf,
        Func<TRow, TStored> store
    )
        where TKey : notnull
    {
        foreach (var key in changes.Deletes)
            table.Remove(key);
        foreach (var row in changes.Upserts)
            table[keyOf(row)] = store(row);
    }
}
