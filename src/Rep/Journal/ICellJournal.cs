namespace Scheduler.Rep.Journal;

/// <summary>Storage of a cell's journal entries. The caller saves the entries of one container one after the other.</summary>
internal interface ICellJournal
{
    /// <summary>Locks the journal for this rep process and returns its identity and all entries that an earlier rep left.</summary>
    Task<JournalContent> OpenAsync(CancellationToken cancellation);

    Task SaveAsync(JournalEntry entry, CancellationToken cancellation);

    /// <summary>Succeeds for an unknown GUID.</summary>
    Task RemoveAsync(string containerGuid, CancellationToken cancellation);
}

/// <param name="Owner">Owner of the cell's presence: the same after a restart, so that the rep renews the presence instead of competing
/// for it.</param>
/// <param name="Incarnation">Increases with every start.</param>
/// <param name="DiskMb">Free space on the cell's disk in MB when it last started without containers; null: not measured.</param>
internal sealed record JournalContent(string Owner, long Incarnation, int? DiskMb, IReadOnlyList<JournalEntry> Entries);

/// <summary>The identity of a rep across its restarts.</summary>
internal sealed record JournalIdentity(string Owner, long Incarnation, int? DiskMb = null)
{
    /// <summary>
    /// Derived from the clock, so that a rep with a lost journal still follows its predecessor; never decreases if the clock goes back.
    /// </summary>
    public static JournalIdentity Next(JournalIdentity? last, DateTimeOffset now, Func<Guid> newGuid) =>
        new(last?.Owner ?? newGuid().ToString(), Math.Max(now.ToUnixTimeMilliseconds(), (last?.Incarnation ?? 0) + 1));
}
