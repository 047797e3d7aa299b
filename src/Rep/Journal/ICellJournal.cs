namespace Scheduler.Rep.Journal;

/// <summary>Where a cell keeps its entries. Entries of one container are saved one after the other by the caller.</summary>
internal interface ICellJournal
{
    /// <summary>Takes the journal for this rep process, gives it its identity and all entries that an earlier one left.</summary>
    Task<JournalContent> OpenAsync(CancellationToken cancellation);

    Task SaveAsync(JournalEntry entry, CancellationToken cancellation);

    /// <summary>An unknown guid is a success.</summary>
    Task RemoveAsync(string containerGuid, CancellationToken cancellation);
}

/// <param name="Owner">The cell's name towards the presence registry: the same after a restart, so that its presence is renewed instead of fought over.</param>
/// <param name="Incarnation">Larger with every start.</param>
/// <param name="DiskMb">What was free on the cell's disk when it last started without containers, in MB; null: not measured.</param>
internal sealed record JournalContent(string Owner, long Incarnation, int? DiskMb, IReadOnlyList<JournalEntry> Entries);

/// <summary>Who a rep is, over its restarts.</summary>
internal sealed record JournalIdentity(string Owner, long Incarnation, int? DiskMb = null)
{
    /// <summary>Follows the clock, so that a rep whose journal was lost still comes after its predecessor, and never goes back with it.</summary>
    public static JournalIdentity Next(JournalIdentity? last, DateTimeOffset now, Func<Guid> newGuid) => new(
        last?.Owner ?? newGuid().ToString(),
        Math.Max(now.ToUnixTimeMilliseconds(), (last?.Incarnation ?? 0) + 1));
}
