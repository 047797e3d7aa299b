using System.Data.Common;

namespace Scheduler.Bbs.Storage.Sql;

internal sealed partial class SqlBbsStore
{
    // Only outsiders can cause a deadlock with the one writer, so a second conflict in a row is rare and a fifth a fault.
    private const int MaxCommitAttempts = 5;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(20);

    private const string WriteRevision = """
        UPDATE bbs_epoch
        SET revision = @p0
        WHERE id = 1
        """;

    public async Task CommitAsync(CommitBatch batch, CancellationToken cancellationToken)
    {
        var rows = BatchRows.From(batch, _cipher);
        await _writerTurn.WaitAsync(cancellationToken);
        try
        {
            var madeRoom = false;
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    if (await TryCommitAsync(batch, rows, attempt < MaxCommitAttempts, cancellationToken))
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

    /// <returns>False when the transaction was rolled back for the sake of another one and may be tried again.</returns>
    private async Task<bool> TryCommitAsync(CommitBatch batch, BatchRows rows, bool mayRetry, CancellationToken cancellationToken)
    {
        SqlSession session;
        try
        {
            session = await WriterAsync(cancellationToken);
        }
        catch (DbException e)
        {
            throw Failed("cannot reach the store for a commit", e);
        }

        try
        {
            await session.ExecuteAsync(_dialect.BeginWrite, cancellationToken);
            await CheckEpochAsync(session, batch.Epoch, cancellationToken);
            await BatchWriter.WriteAsync(session, rows, _dialect.MaxRowsPerStatement, cancellationToken);
            await session.ExecuteAsync(WriteRevision, cancellationToken, unchecked((long)batch.Revision));
        }
        catch (Exception e)
        {
            // A caller that gave up does not wait for a roll-back either: the end of the connection is one.
            if (e is OperationCanceledException || !await session.RollbackAsync())
                await DropWriterAsync();
            if (e is not DbException error)
                throw;
            if (mayRetry && _dialect.Classify(error) == SqlFault.Transient)
                return false;
            await DropWriterAsync();
            throw Failed("nothing was committed", error);
        }

        try
        {
            // From here on it is too late to change one's mind: cancelling would only leave the outcome open.
            await session.ExecuteAsync("COMMIT", CancellationToken.None);
            return true;
        }
        catch (DbException e)
        {
            await DropWriterAsync();
            if (!_dialect.CommitWasRefused(e))
                throw Failed("the commit was not answered and may have happened", e, outcomeUnknown: true);
            if (mayRetry && _dialect.Classify(e) == SqlFault.Transient)
                return false;
            throw Failed("nothing was committed", e);
        }
    }

    private async Task<bool> MakeRoomAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _dialect.MakeRoomAsync(await WriterAsync(cancellationToken), cancellationToken);
        }
        catch (DbException)
        {
            // Not even a connection: the full disk is the reason to tell.
            await DropWriterAsync();
            return false;
        }
    }

    private async Task CheckEpochAsync(SqlSession session, long epoch, CancellationToken cancellationToken)
    {
        var row = await session.RowAsync(ReadEpoch + _dialect.ForUpdate, cancellationToken) ?? throw MissingRow("bbs_epoch");
        if (Convert.ToInt64(row[0]) != epoch)
            throw new LeadershipLostException(epoch);
    }
}
