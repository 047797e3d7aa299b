using System.Data.Common;
using Scheduler.Bbs.Storage.Tables;

namespace Scheduler.Bbs.Storage.Sql;

internal sealed partial class SqlBbsStore
{
    // A standby asks every second, so its session stays open.
    private readonly SemaphoreSlim _standbyTurn = new(1);
    private SqlSession? _standby;

    public Task<bool> IsMigratedAsync(CancellationToken cancellationToken) =>
        AsStandbyAsync("read the version of the schema", session => IsMigratedAsync(session, cancellationToken), cancellationToken);

    // The provider of SQLite blocks its caller.
    public Task<StateChanges?> ReadChangesAsync(ulong since, CancellationToken cancellationToken) =>
        Task.Run(
            () => AsStandbyAsync("read changes", session => ReadChangesAsync(session, since, cancellationToken), cancellationToken),
            CancellationToken.None
        );

    private async Task<bool> IsMigratedAsync(SqlSession session, CancellationToken cancellationToken) =>
        await VersionAsync(session, cancellationToken) == _dialect.Migrations.Count;

    private async Task<StateChanges?> ReadChangesAsync(SqlSession session, ulong since, CancellationToken cancellationToken)
    {
        if (await RevisionAsync(session, cancellationToken) == since)
            return new StateChanges { Revision = since };
        await session.ExecuteAsync(_dialect.BeginSnapshot, cancellationToken);
        var changes = await ReadLaterAsync(session, since, cancellationToken);
        await session.RollbackAsync();
        return changes;
    }

    private async Task<StateChanges?> ReadLaterAsync(SqlSession session, ulong since, CancellationToken cancellationToken)
    {
        var revision = await RevisionAsync(session, cancellationToken);
        if (!await IsMigratedAsync(session, cancellationToken))
            return null;
        if (await ChangeJournal.ReadAsync(session, since, revision, cancellationToken) is not { } keys)
            return null;
        return new StateChanges
        {
            Revision = revision,
            DesiredLrps = await ReadAsync(session, AllTables.DesiredLrps, keys.DesiredLrps, cancellationToken),
            ActualLrps = await ReadAsync(session, AllTables.ActualLrps, keys.ActualLrps, cancellationToken),
            Tasks = await ReadAsync(session, AllTables.Tasks, keys.Tasks, cancellationToken),
            Domains = await ReadAsync(session, AllTables.Domains, keys.Domains, cancellationToken),
            Cells = await ReadAsync(session, AllTables.Cells, keys.Cells, cancellationToken),
            AbsentCells = await ReadAsync(session, AllTables.AbsentCells, keys.AbsentCells, cancellationToken),
            CellLoss = await ReadAsync(session, AllTables.CellLoss, keys.CellLoss, cancellationToken),
            Locks = await ReadAsync(session, AllTables.Locks, keys.Locks, cancellationToken),
        };
    }

    /// <summary>The rows with these keys; the keys without a row are the deletes.</summary>
    private async Task<RowChanges<TKey, TRow>> ReadAsync<TKey, TRow>(
        SqlSession session,
        RowTable<TKey, TRow> table,
        HashSet<TKey> keys,
        CancellationToken cancellationToken
    )
    {
        if (keys.Count == 0)
            return RowChanges<TKey, TRow>.None;
        var found = new List<TRow>(keys.Count);
        foreach (var some in keys.Chunk(_dialect.MaxRowsPerStatement))
        {
            await session.ReadAsync(
                BatchWriter.WhereKeys(table.Select + " WHERE", table.KeyColumns, some.Length),
                row => found.Add(Read(row, table)),
                cancellationToken,
                [.. some.SelectMany(table.Values)]
            );
        }
        keys.ExceptWith(found.Select(table.KeyOf));
        return new RowChanges<TKey, TRow>(found, [.. keys]);
    }

    private async Task<T> AsStandbyAsync<T>(string what, Func<SqlSession, Task<T>> read, CancellationToken cancellationToken)
    {
        await _standbyTurn.WaitAsync(cancellationToken);
        try
        {
            return await read(_standby ??= await OpenAsync(SessionRole.Loader, cancellationToken));
        }
        catch (DbException e)
        {
            await DropStandbyAsync();
            throw Failed($"cannot {what}", e);
        }
        catch
        {
            // An open transaction ends with the connection.
            await DropStandbyAsync();
            throw;
        }
        finally
        {
            _standbyTurn.Release();
        }
    }

    private async Task DropStandbyAsync()
    {
        if (_standby is not { } session)
            return;
        _standby = null;
        await session.DisposeAsync();
    }
}
