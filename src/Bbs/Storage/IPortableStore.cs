namespace Scheduler.Bbs.Storage;

/// <summary>A store whose whole state can be read and replaced, to back it up or to move it to another store.</summary>
public interface IPortableStore : IBbsStore
{
    /// <summary>The version of the schema that this program migrates stores to.</summary>
    int SchemaVersion { get; }

    /// <summary>
    /// Whether a term can be renewed while <see cref="ImportAsync"/> runs. If not, nobody can take over meanwhile anyway, because the import
    /// locks the whole store.
    /// </summary>
    bool RenewsBesideImport { get; }

    /// <summary>
    /// Like <see cref="IBbsStore.LoadAsync"/>, but needs no term, migrates nothing, and tells first what it is about to read. A BBS may
    /// lead and commit meanwhile: all rows are as of one revision.
    /// </summary>
    /// <exception cref="DomainException">No BBS has led on this store yet, or one of another version has.</exception>
    Task ExportAsync(Action<StoreVersion> begin, IStateReader reader, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the rows of all batches in one transaction, in which <paramref name="epoch"/> must be the leader's. Nothing is written if
    /// <paramref name="batches"/> ends with an exception.
    /// </summary>
    /// <param name="revision">Turns the revision that the store has into the one after the import.</param>
    /// <param name="replace">Whether to delete all rows first; else the store must have none.</param>
    /// <returns>The revision after the import.</returns>
    /// <exception cref="DomainException">The store has rows and must not be replaced.</exception>
    /// <exception cref="LeadershipLostException">Another term has begun; nothing was written.</exception>
    Task<ulong> ImportAsync(
        long epoch,
        Func<ulong, ulong> revision,
        IAsyncEnumerable<CommitBatch> batches,
        bool replace,
        CancellationToken cancellationToken
    );
}

/// <summary>What a store contains.</summary>
/// <param name="Schema">Version of the schema.</param>
/// <param name="Revision">Revision of the last commit; 0 for a new store.</param>
public readonly record struct StoreVersion(int Schema, ulong Revision);
