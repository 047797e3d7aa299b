using System.Data.Common;
using Scheduler.Bbs.Storage.Tables;

namespace Scheduler.Bbs.Storage.Sql;

internal sealed partial class SqlBbsStore
{
    private const string WriteRevision = """
        UPDATE bbs_epoch
        SET revision = @p0
        WHERE id = 1
        """;

    public int SchemaVersion => _dialect.Migrations.Count;

    public bool RenewsBesideImport => _dialect.RenewsBesideWriter;

    public async Task<ulong> ImportAsync(
        long epoch,
        Func<ulong, ulong> revision,
        IAsyncEnumerable<CommitBatch> batches,
        bool replace,
        CancellationToken cancellationToken
    )
    {
        await _writerTurn.WaitAsync(cancellationToken);
        try
        {
            return await ImportNowAsync(epoch, revision, batches, replace, cancellationToken);
        }
        finally
        {
            _writerTurn.Release();
        }
    }

    private async Task<ulong> ImportNowAsync(
        long epoch,
        Func<ulong, ulong> revision,
        IAsyncEnumerable<CommitBatch> batches,
        bool replace,
        CancellationToken cancellationToken
    )
    {
        SqlSession session;
        ulong imported;
        try
        {
            session = await WriterAsync(cancellationToken);
            await session.ExecuteAsync(_dialect.BeginWrite, cancellationToken);
            // Locked until the end: no new term can begin before it.
            await CheckEpochAsync(session, epoch, cancellationToken);
            if (replace)
                await DeleteAllAsync(session, cancellationToken);
            else
                await CheckEmptyAsync(session, cancellationToken);
            await foreach (var batch in batches.WithCancellation(cancellationToken))
                await BatchWriter.WriteAsync(session, Rows(batch), _dialect.MaxRowsPerStatement, cancellationToken);
            imported = revision(await RevisionAsync(session, cancellationToken));
            await session.ExecuteAsync(WriteRevision, cancellationToken, unchecked((long)imported));
        }
        catch (Exception e)
        {
            // Rolls back.
            await DropWriterAsync();
            if (e is not DbException error)
                throw;
            throw Failed("nothing was imported", error);
        }

        try
        {
            await session.ExecuteAsync("COMMIT", CancellationToken.None);
        }
        catch (DbException e)
        {
            await DropWriterAsync();
            throw _dialect.CommitWasRefused(e)
                ? Failed("nothing was imported", e)
                : Failed("the store did not answer the commit: all may have been imported, or nothing", e, outcomeUnknown: true);
        }
        await _dialect.TidyAsync(session, CancellationToken.None);
        return imported;
    }

    private async Task DeleteAllAsync(SqlSession session, CancellationToken cancellationToken)
    {
        foreach (var table in AllTables.Names)
        {
            // A statement that deletes a million rows would exceed the time that a statement may take.
            while (await session.ExecuteAsync(_dialect.DeleteSome(table), cancellationToken) > 0)
                cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static async Task CheckEmptyAsync(SqlSession session, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        foreach (var table in AllTables.Names)
        {
            var rows = Convert.ToInt64((await session.RowAsync($"SELECT COUNT(*) FROM {table}", cancellationToken))![0]);
            if (rows > 0)
                found.Add($"{rows} in {table}");
        }
        if (found.Count > 0)
        {
            throw new DomainError(
                ErrorKind.ResourceExists,
                $"the store is not empty ({string.Join(", ", found)}): nothing was imported; --replace deletes all that first"
            ).ToException();
        }
    }
}
