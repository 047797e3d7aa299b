using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Tables;

namespace Scheduler.Bbs.Storage.Sql;

/// <summary>
/// Rewrites values stored in plain text or under another key with the active key. Runs before the load of a new term, in small transactions
/// that each check the epoch. If interrupted, it continues at the next start.
/// </summary>
internal static class Reencryption
{
    private const int RowsPerTransaction = 100;

    private const string ReadDesired = """
        SELECT process_guid, payload
        FROM desired_lrps
        WHERE key_label <> @p0 AND process_guid > @p1
        ORDER BY process_guid
        LIMIT 100
        """;

    private const string WriteDesired = """
        UPDATE desired_lrps
        SET key_label = @p0, payload = @p1
        WHERE process_guid = @p2
        """;

    private const string ReadTasks = """
        SELECT task_guid, payload
        FROM tasks
        WHERE key_label <> @p0 AND task_guid > @p1
        ORDER BY task_guid
        LIMIT 100
        """;

    private const string WriteTasks = """
        UPDATE tasks
        SET key_label = @p0, payload = @p1
        WHERE task_guid = @p2
        """;

    /// <returns>Number of rows rewritten.</returns>
    public static async Task<int> RunAsync(
        SqlSession session,
        SqlDialect dialect,
        PayloadCipher cipher,
        Func<SqlSession, Task> checkEpoch,
        CancellationToken cancellationToken
    ) =>
        await RunAsync(session, dialect, cipher, checkEpoch, ReadDesired, WriteDesired, DesiredLrpTable.Place, cancellationToken)
        + await RunAsync(session, dialect, cipher, checkEpoch, ReadTasks, WriteTasks, TaskTable.Place, cancellationToken);

    private static async Task<int> RunAsync(
        SqlSession session,
        SqlDialect dialect,
        PayloadCipher cipher,
        Func<SqlSession, Task> checkEpoch,
        string read,
        string write,
        Func<string, string> place,
        CancellationToken cancellationToken
    )
    {
        var rewritten = 0;
        var after = "";
        while (true)
        {
            await session.ExecuteAsync(dialect.BeginWrite, cancellationToken);
            await checkEpoch(session);
            var rows = new List<(string Key, byte[] Payload)>(RowsPerTransaction);
            await session.ReadAsync(
                read,
                row => rows.Add((row.GetString(0), row.GetFieldValue<byte[]>(1))),
                cancellationToken,
                cipher.ActiveLabel,
                after
            );
            foreach (var (key, payload) in rows)
            {
                var value = cipher.Open(payload, place(key));
                await session.ExecuteAsync(write, cancellationToken, cipher.ActiveLabel, cipher.Seal(value, place(key)), key);
                after = key;
            }
            await session.ExecuteAsync("COMMIT", cancellationToken);
            rewritten += rows.Count;
            if (rows.Count < RowsPerTransaction)
                return rewritten;
        }
    }
}
