using Microsoft.Extensions.Logging;

namespace Scheduler.Bbs.Storage.Export;

/// <summary>Copies the whole state of a store to an export and back.</summary>
internal static class StateTransfer
{
    /// <summary>
    /// How far an import moves the revision. Followers of events that know a later revision of the former history must not take the new one
    /// for its continuation: this is more than any former history went on after the export, so all of them are sent a snapshot.
    /// </summary>
    private const ulong RevisionStep = 1ul << 32;

    /// <summary>As long as a BBS's term: after an import that was killed, a BBS waits no longer than after another BBS.</summary>
    private static readonly TimeSpan Term = TimeSpan.FromSeconds(15);

    /// <summary>Writes an export. A BBS may use the store meanwhile.</summary>
    public static async Task ExportAsync(IPortableStore store, ExportWriter writer, TimeProvider time, CancellationToken cancellationToken)
    {
        await store.ExportAsync(version => writer.Begin(version, time.GetUtcNow()), writer, cancellationToken);
        writer.End();
    }

    /// <summary>
    /// Writes the rows of an export into a store in one transaction, as the leader of a term of its own, so that no BBS leads meanwhile.
    /// </summary>
    /// <param name="owner">Identifies this import among the holders of terms.</param>
    /// <returns>The revision after the import.</returns>
    /// <exception cref="DomainException">
    /// A BBS leads on the store; the store is not empty and <paramref name="replace"/> is false; the export is damaged. Nothing was written.
    /// </exception>
    public static async Task<ulong> ImportAsync(
        IPortableStore store,
        ExportReader reader,
        string owner,
        bool replace,
        TimeProvider time,
        ILogger log,
        CancellationToken cancellationToken
    )
    {
        var attempt = await store.AcquireLeadershipAsync(owner, "", Term, cancellationToken);
        if (!attempt.Acquired)
            throw Held(attempt).ToException();
        using var work = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var renewal = store.RenewsBesideImport ? RenewAsync(store, attempt.Epoch, time, log, work.Token) : Task.CompletedTask;
        try
        {
            await store.MigrateAsync(attempt.Epoch, cancellationToken);
            return await store.ImportAsync(
                attempt.Epoch,
                before => Next(Math.Max(before, reader.Header.Revision)),
                reader.BatchesAsync(attempt.Epoch, cancellationToken),
                replace,
                cancellationToken
            );
        }
        finally
        {
            work.Cancel();
            await renewal;
            await ReleaseAsync(store, attempt.Epoch, log);
        }
    }

    private static ulong Next(ulong revision) => revision > ulong.MaxValue - RevisionStep ? ulong.MaxValue : revision + RevisionStep;

    private static DomainError Held(LeadershipAttempt attempt) =>
        new(
            ErrorKind.LockCollision,
            (attempt.HolderValue.Length == 0 ? "another import uses this store" : $"the BBS at {attempt.HolderValue} leads on this store")
                + $": stop all BBSs of the store first (a term that is not renewed ends in {Math.Ceiling(attempt.Remaining.TotalSeconds)} s)"
        );

    // The transaction checks the term and lets no other begin, so nothing is wrong if a renewal fails. But while the term lasts, a BBS that
    // starts stands by, and does not take this process for one that was stopped in the middle of a write.
    private static async Task RenewAsync(IPortableStore store, long epoch, TimeProvider time, ILogger log, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await Task.Delay(Term / 3, time, stopping);
                await store.RenewLeadershipAsync(epoch, Term, stopping);
            }
            catch (StoreException e)
            {
                log.TermNotRenewed(e.Message);
            }
            catch (Exception e) when (e is LeadershipLostException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private static async Task ReleaseAsync(IPortableStore store, long epoch, ILogger log)
    {
        try
        {
            await store.ReleaseLeadershipAsync(epoch, CancellationToken.None);
        }
        catch (StoreException e)
        {
            log.TermNotReleased(Term.TotalSeconds, e.Message);
        }
    }
}
