using System.Numerics;
using System.Text;

namespace Scheduler.Bbs.Storage.Sql;

/// <summary>
/// Writes the rows of a batch in as few statements as the server's limits allow. Prepared statements have a fixed number of rows, either
/// the maximum or a power of two, so a few of them serve batches of every size.
/// </summary>
internal static class BatchWriter
{
    // Bytes per value besides its content: type, length, a number's bytes.
    private const int ValueOverhead = 24;

    public static async Task WriteAsync(SqlSession session, BatchRows batch, int maxRows, CancellationToken cancellationToken)
    {
        foreach (var table in batch.Tables)
        {
            await InChunksAsync(
                session,
                table.Delete,
                table.Deletes,
                maxRows,
                count => WhereKeys(table.Delete, table.KeyColumns, count),
                cancellationToken
            );
            await InChunksAsync(session, table.Replace, table.Upserts, maxRows, count => ReplaceText(table, count), cancellationToken);
        }
    }

    private static async Task InChunksAsync(
        SqlSession session,
        string head,
        object?[][] rows,
        int maxRows,
        Func<int, string> text,
        CancellationToken cancellationToken
    )
    {
        var start = 0;
        while (start < rows.Length)
        {
            var fitting = ChunkLength(rows, start, maxRows, session.MaxStatementBytes);
            var count = fitting == maxRows ? maxRows : 1 << BitOperations.Log2((uint)fitting);
            await session.ExecuteKeptAsync(head, text, rows.AsMemory(start, count), cancellationToken);
            start += count;
        }
    }

    private static int ChunkLength(object?[][] rows, int start, int maxRows, long maxBytes)
    {
        long bytes = 0;
        var count = 0;
        while (count < maxRows && start + count < rows.Length)
        {
            var row = Size(rows[start + count]);
            if (row > maxBytes)
            {
                throw new StoreException(
                    $"a row of {row} bytes does not fit into a statement of {maxBytes} bytes: raise the server's max_allowed_packet"
                )
                {
                    RowRefused = true,
                };
            }
            if (bytes + row > maxBytes)
                break;
            bytes += row;
            count++;
        }
        return count;
    }

    private static long Size(object?[] row)
    {
        long size = 0;
        foreach (var value in row)
        {
            size +=
                ValueOverhead
                + value switch
                {
                    byte[] bytes => bytes.Length,
                    string text => Encoding.UTF8.GetByteCount(text),
                    _ => 0,
                };
        }
        return size;
    }

    private static string ReplaceText(TableRows table, int rows)
    {
        var text = new StringBuilder(table.Replace);
        var columns = table.Upserts[0].Length;
        for (var row = 0; row < rows; row++)
        {
            text.Append(row == 0 ? " (" : ", (");
            for (var column = 0; column < columns; column++)
                text.Append(column == 0 ? "" : ", ").Append(ParameterNames.Of(row * columns + column));
            text.Append(')');
        }
        return text.ToString();
    }

    /// <summary>A condition that names rows by their full keys.</summary>
    /// <param name="head">The statement up to WHERE.</param>
    // OR of full keys, not IN over tuples: every optimizer turns it into look-ups by primary key.
    public static string WhereKeys(string head, IReadOnlyList<string> keyColumns, int rows)
    {
        var text = new StringBuilder(head);
        var columns = keyColumns.Count;
        for (var row = 0; row < rows; row++)
        {
            text.Append(row == 0 ? " (" : " OR (");
            for (var column = 0; column < columns; column++)
            {
                text.Append(column == 0 ? "" : " AND ")
                    .Append(keyColumns[column])
                    .Append(" = ")
                    .Append(ParameterNames.Of(row * columns + column));
            }
            text.Append(')');
        }
        return text.ToString();
    }
}
