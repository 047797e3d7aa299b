using System.Text;

namespace Scheduler.Bbs.Storage.Sql;

/// <summary>Writes the rows of a batch in as few statements as the server's limits allow.</summary>
internal static class BatchWriter
{
    // What a value needs besides its own bytes: quotes, comma, a number's digits.
    private const int ValueOverhead = 24;

    public static async Task WriteAsync(SqlSession session, BatchRows batch, int maxRows, CancellationToken cancellationToken)
    {
        foreach (var table in batch.Tables)
        {
            await InChunksAsync(session, table.Deletes, maxRows, count => DeleteText(table, count), cancellationToken);
            await InChunksAsync(session, table.Upserts, maxRows, count => ReplaceText(table, count), cancellationToken);
        }
    }

    private static async Task InChunksAsync(
        SqlSession session, object?[][] rows, int maxRows, Func<int, string> text, CancellationToken cancellationToken)
    {
        for (var start = 0; start < rows.Length;)
        {
            var count = ChunkLength(rows, start, maxRows, session.MaxStatementBytes);
            if (count == 1)
            {
                await session.ExecuteKeptAsync(text(1), rows[start], cancellationToken);
            }
            else
            {
                var parameters = new object?[count * rows[start].Length];
                for (var i = 0; i < count; i++)
                    rows[start + i].CopyTo(parameters, i * rows[start].Length);
                await session.ExecuteAsync(text(count), cancellationToken, parameters);
            }
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
                    $"a row of {row} bytes as SQL does not fit a statement of {maxBytes}: raise the server's max_allowed_packet");
            }
            if (bytes + row > maxBytes)
                break;
            bytes += row;
            count++;
        }
        return count;
    }

    // Twice the bytes: each could need an escape.
    private static long Size(object?[] row)
    {
        long size = 0;
        foreach (var value in row)
        {
            size += ValueOverhead + value switch
            {
                byte[] bytes => 2L * bytes.Length,
                string text => 2L * Encoding.UTF8.GetByteCount(text),
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

    // OR of full keys, not IN over tuples: every optimizer takes that for so many look-ups by primary key.
    private static string DeleteText(TableRows table, int rows)
    {
        var text = new StringBuilder(table.Delete);
        var columns = table.KeyColumns.Count;
        for (var row = 0; row < rows; row++)
        {
            text.Append(row == 0 ? " (" : " OR (");
            for (var column = 0; column < columns; column++)
            {
                text.Append(column == 0 ? "" : " AND ").Append(table.KeyColumns[column])
                    .Append(" = ").Append(ParameterNames.Of(row * columns + column));
            }
            text.Append(')');
        }
        return text.ToString();
    }
}
