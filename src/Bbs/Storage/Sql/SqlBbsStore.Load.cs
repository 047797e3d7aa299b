using System.Data.Common;
using Scheduler.Bbs.Storage.Tables;

namespace Scheduler.Bbs.Storage.Sql;

internal sealed partial class SqlBbsStore
{
    private const string ReadRevision = """
        SELECT revision
        FROM bbs_epoch
        WHERE id = 1
        """;

    public Task<ulong> LoadAsync(IStateReader reader, CancellationToken cancellationToken) =>
        ReadSnapshotAsync(RevisionAsync, reader, cancellationToken);

    public Task ExportAsync(Action<StoreVersion> begin, IStateReader reader, CancellationToken cancellationToken)
    {
        return ReadSnapshotAsync(BeginAsync, reader, cancellationToken);

        async Task<ulong> BeginAsync(SqlSession session, CancellationToken cancellation)
        {
            var schema = await SchemaAsync(session, cancellation);
            var revision = await RevisionAsync(session, cancellation);
            begin(new StoreVersion(schema, revision));
            return revision;
        }
    }

    /// <param name="begin">Runs as the first reads of the snapshot, and returns its revision.</param>
    private async Task<ulong> ReadSnapshotAsync(
        Func<SqlSession, CancellationToken, Task<ulong>> begin,
        IStateReader reader,
        CancellationToken cancellationToken
    )
    {
        try
        {
            // A separate session: a load is long, and renewals and a late commit continue meanwhile.
            await using var session = await OpenAsync(SessionRole.Loader, cancellationToken);
            await session.ExecuteAsync(_dialect.BeginSnapshot, cancellationToken);
            var revision = await begin(session, cancellationToken);
            await LoadAsync(session, AllTables.DesiredLrps, reader.DesiredLrp, cancellationToken);
            await LoadAsync(session, AllTables.ActualLrps, reader.ActualLrp, cancellationToken);
            await LoadAsync(session, AllTables.Tasks, reader.Task, cancellationToken);
            await LoadAsync(session, AllTables.Domains, reader.Domain, cancellationToken);
            await LoadAsync(session, AllTables.Cells, reader.Cell, cancellationToken);
            await LoadAsync(session, AllTables.AbsentCells, reader.AbsentCell, cancellationToken);
            await LoadAsync(session, AllTables.CellLoss, reader.CellLoss, cancellationToken);
            await LoadAsync(session, AllTables.Locks, reader.Lock, cancellationToken);
            await session.RollbackAsync();
            return revision;
        }
        catch (DbException e)
        {
            throw Failed("cannot load the state", e);
        }
    }

    private static async Task<ulong> RevisionAsync(SqlSession session, CancellationToken cancellationToken)
    {
        var row = await session.RowAsync(ReadRevision, cancellationToken) ?? throw MissingRow("bbs_epoch");
        return unchecked((ulong)Convert.ToInt64(row[0]));
    }

    // 0 before the first migration.
    private async Task<int> VersionAsync(SqlSession session, CancellationToken cancellationToken) =>
        await session.RowAsync(_dialect.FindSchema, cancellationToken) is null
            ? 0
            : await MigrationRunner.VersionAsync(session, cancellationToken);

    private async Task<int> SchemaAsync(SqlSession session, CancellationToken cancellationToken)
    {
        var version = await VersionAsync(session, cancellationToken);
        if (version == _dialect.Migrations.Count)
            return version;
        throw new DomainError(
            ErrorKind.InvalidStateTransition,
            version == 0
                ? "no BBS has used this store yet, so there is nothing to export"
                : $"the database schema has version {version}, but this program reads version {_dialect.Migrations.Count}: export with the "
                    + "version of the program that last led on this store"
                    + (version < _dialect.Migrations.Count ? ", or start a BBS of this version first, which migrates it" : "")
        ).ToException();
    }

    private Task LoadAsync<TKey, TRow>(
        SqlSession session,
        RowTable<TKey, TRow> table,
        Action<TRow> take,
        CancellationToken cancellationToken
    ) => session.ReadAsync(table.SelectAll, row => take(Read(row, table)), cancellationToken);

    // Bytes that do not parse mean that the store itself is damaged, to an unknown extent: serve nothing from it, and report where to look.
    private TRow Read<TKey, TRow>(DbDataReader row, RowTable<TKey, TRow> table)
    {
        try
        {
            return table.Read(row, _cipher);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException e)
        {
            var key = string.Join(", ", table.KeyColumns.Select(column => $"{column} {row[column]}"));
            throw new StoreException(
                $"cannot load the state: the payload of the row with {key} is damaged ({e.Message}); restore or delete the row",
                inner: e
            );
        }
    }
}
