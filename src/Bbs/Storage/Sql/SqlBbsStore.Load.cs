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

    public async Task<ulong> LoadAsync(IStateReader reader, CancellationToken cancellationToken)
    {
        try
        {
            // A separate session: a load is long, and renewals and a late commit continue meanwhile.
            await using var session = await OpenAsync(SessionRole.Loader, cancellationToken);
            await session.ExecuteAsync(_dialect.BeginSnapshot, cancellationToken);
            var revision = await session.RowAsync(ReadRevision, cancellationToken) ?? throw MissingRow("bbs_epoch");
            await ReadAsync(session, AllTables.DesiredLrps, reader, cancellationToken);
            await ReadAsync(session, AllTables.ActualLrps, reader, cancellationToken);
            await ReadAsync(session, AllTables.Tasks, reader, cancellationToken);
            await ReadAsync(session, AllTables.Domains, reader, cancellationToken);
            await ReadAsync(session, AllTables.Cells, reader, cancellationToken);
            await ReadAsync(session, AllTables.AbsentCells, reader, cancellationToken);
            await ReadAsync(session, AllTables.CellLoss, reader, cancellationToken);
            await ReadAsync(session, AllTables.Locks, reader, cancellationToken);
            await session.RollbackAsync();
            return unchecked((ulong)Convert.ToInt64(revision[0]));
        }
        catch (DbException e)
        {
            throw Failed("cannot load the state", e);
        }
    }

    private Task ReadAsync<TKey, TRow>(
        SqlSession session,
        RowTable<TKey, TRow> table,
        IStateReader into,
        CancellationToken cancellationToken
    ) => session.ReadAsync(table.Select, row => Read(row, table, into), cancellationToken);

    // Bytes that do not parse mean that the store itself is damaged, to an unknown extent: serve nothing from it, and report where to look.
    private void Read<TKey, TRow>(DbDataReader row, RowTable<TKey, TRow> table, IStateReader into)
    {
        try
        {
            table.Read(row, _cipher, into);
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
