using System.Data.Common;

namespace Scheduler.Bbs.Storage.Sql;

internal sealed partial class SqlBbsStore
{
    public async Task MigrateAsync(long epoch, CancellationToken cancellationToken)
    {
        await _writerTurn.WaitAsync(cancellationToken);
        try
        {
            var taken = _dialect.TransactionalDdl
                ? await MigrateInTransactionAsync(epoch, cancellationToken)
                : await MigrateBesideLockAsync(epoch, cancellationToken);
            foreach (var step in taken)
                _log.SchemaMigrated(step.Version, step.Name);
            var rewritten = await Reencryption.RunAsync(
                await WriterAsync(cancellationToken),
                _dialect,
                _cipher,
                session => CheckEpochAsync(session, epoch, cancellationToken),
                cancellationToken
            );
            if (rewritten > 0)
                _log.RowsReencrypted(rewritten, _cipher.ActiveLabel);
        }
        catch (DbException e)
        {
            await DropWriterAsync();
            throw Failed("cannot migrate the schema", e);
        }
        catch
        {
            // Any open transaction ends with the connection.
            await DropWriterAsync();
            throw;
        }
        finally
        {
            _writerTurn.Release();
        }
    }

    private async Task<IReadOnlyList<Migration>> MigrateInTransactionAsync(long epoch, CancellationToken cancellationToken)
    {
        var session = await WriterAsync(cancellationToken);
        await session.ExecuteAsync(_dialect.BeginWrite, cancellationToken);
        await CheckEpochAsync(session, epoch, cancellationToken);
        var taken = await RunMigrationsAsync(session, cancellationToken);
        await session.ExecuteAsync("COMMIT", cancellationToken);
        return taken;
    }

    /// <summary>
    /// DDL commits the open transaction of its session, so another session holds the epoch meanwhile: no new term can begin.
    /// </summary>
    private async Task<IReadOnlyList<Migration>> MigrateBesideLockAsync(long epoch, CancellationToken cancellationToken)
    {
        await using var guard = await OpenAsync(SessionRole.Writer, cancellationToken);
        await guard.ExecuteAsync(_dialect.BeginWrite, cancellationToken);
        await CheckEpochAsync(guard, epoch, cancellationToken);
        var taken = await RunMigrationsAsync(await WriterAsync(cancellationToken), cancellationToken);
        await guard.RollbackAsync();
        return taken;
    }

    private Task<IReadOnlyList<Migration>> RunMigrationsAsync(SqlSession session, CancellationToken cancellationToken) =>
        MigrationRunner.RunAsync(session, _dialect.Migrations, UnixNanos.From(_time.GetUtcNow()), cancellationToken);
}
