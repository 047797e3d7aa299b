using System.Data.Common;

namespace Scheduler.Bbs.Storage.Sql;

internal sealed partial class SqlBbsStore
{
    // There is one writer, so only outsiders can cause a deadlock: a second conflict in a row is rare, and a fifth indicates a fault.
    private const int MaxCommitAttempts = 5;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(20);

    private const string Advance = """
        UPDATE bbs_epoch
        SET revision = @p0
        WHERE id = 1 AND epoch = @p1
        """;

    // To encode the rows takes time, and the provider of SQLite blocks its caller, who has other work meanwhile.
    public Task CommitAsync(CommitBatch batch, CancellationToken cancellationToken) =>
        Task.Run(() => CommitNowAsync(batch, cancellationToken), CancellationToken.None);

    private async Task CommitNowAsync(CommitBatch batch, CancellationToken cancellationToken)
    {
        var rows = Rows(batch);
        var entry = ChangeJournal.Entry(batch);
        await _writerTurn.WaitAsync(cancellationToken);
        try
        {
            var madeRoom = false;
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    if (await TryCommitAsync(batch, rows, entry, attempt < MaxCommitAttempts, cancellationToken))
                        return;
                }
                catch (StoreException full) when (full.NoRoom && !madeRoom)
                {
                    madeRoom = true;
                    if (!await MakeRoomAsync(cancellationToken))
                        throw;
                    continue;
                }
                await Task.Delay(RetryPause * attempt, _time, cancellationToken);
            }
        }
        finally
        {
            _writerTurn.Release();
        }
    }

    // Before any SQL: an error here is caused by a row.
    private BatchRows Rows(CommitBatch batch)
    {
        try
        {
            return BatchRows.From(batch, _cipher);
        }
        catch (Exception e)
        {
            throw Refused(e);
        }
    }

    private static StoreException Refused(Exception why) => new($"a row cannot be stored: {why.Message}", inner: why) { RowRefused = true };

    /// <returns>False if the database rolled the transaction back in favour of another one and it may be retried.</returns>
    private async Task<bool> TryCommitAsync(
        CommitBatch batch,
        BatchRows rows,
        byte[] entry,
        bool mayRetry,
        CancellationToken cancellationToken
    )
    {
        SqlSession session;
        try
        {
            session = await WriterAsync(cancellationToken);
        }
        catch (DbException e)
        {
            throw Failed("cannot reach the store to commit", e);
        }

        try
        {
            await session.ExecuteAsync(_dialect.BeginWrite, cancellationToken);
            await AdvanceAsync(session, batch, cancellationToken);
            await BatchWriter.WriteAsync(session, rows, _dialect.MaxRowsPerStatement, cancellationToken);
            await ChangeJournal.WriteAsync(session, batch.Revision, entry, cancellationToken);
        }
        catch (Exception e)
        {
            // A caller that gave up does not wait for a rollback; closing the connection rolls back as well.
            if (e is OperationCanceledException || !await session.RollbackAsync())
                await DropWriterAsync();
            if (e is StoreException or LeadershipLostException or OperationCanceledException)
                throw;
            var fault = e is DbException error ? _dialect.Classify(error) : SqlFault.RowRefused;
            if (mayRetry && fault == SqlFault.Transient)
                return false;
            await DropWriterAsync();
            // An exception that is not a database error comes from the provider: it cannot put a value into a statement.
            if (e is not DbException said)
                throw Refused(e);
            throw fault == SqlFault.RowRefused
                ? new StoreException($"a row cannot be stored: {_dialect.Describe(said)}", inner: _dialect.Cause(said))
                {
                    RowRefused = true,
                }
                : Failed("nothing was committed", said);
        }

        try
        {
            // From here on, do not cancel: that would only leave the outcome unknown.
            await session.ExecuteAsync("COMMIT", CancellationToken.None);
        }
        catch (DbException e)
        {
            await DropWriterAsync();
            if (!_dialect.CommitWasRefused(e))
                throw Failed("the store did not answer the commit, which may have happened", e, outcomeUnknown: true);
            if (mayRetry && _dialect.Classify(e) == SqlFault.Transient)
                return false;
            throw Failed("nothing was committed", e);
        }

        await _dialect.TidyAsync(session, CancellationToken.None);
        return true;
    }

    private async Task<bool> MakeRoomAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _dialect.MakeRoomAsync(await WriterAsync(cancellationToken), cancellationToken);
        }
        catch (DbException)
        {
            // Not even a connection could be opened: report the full disk as the cause.
            await DropWriterAsync();
            return false;
        }
    }

    // One statement that checks the epoch, locks it until the end, and writes the revision: a commit of one row is mostly round trips.
    private async Task AdvanceAsync(SqlSession session, CommitBatch batch, CancellationToken cancellationToken)
    {
        if (await session.ExecuteAsync(Advance, cancellationToken, unchecked((long)batch.Revision), batch.Epoch) > 0)
            return;
        // Some servers count only rows that changed.
        await CheckEpochAsync(session, batch.Epoch, cancellationToken);
    }

    private async Task CheckEpochAsync(SqlSession session, long epoch, CancellationToken cancellationToken)
    {
        var row = await session.RowAsync(ReadEpoch + _dialect.ForUpdate, cancellationToken) ?? throw MissingRow("bbs_epoch");
        if (Convert.ToInt64(row[0]) != epoch)
            throw new LeadershipLostException(epoch);
    }
}
