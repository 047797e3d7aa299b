using Google.Protobuf;
using Scheduler.Bbs.Storage.Tables;

namespace Scheduler.Bbs.Storage.Sql;

/// <summary>
/// The table <c>changed_rows</c>: for each of the last commits, by revision, the keys of its rows. It is written in the commit's own
/// transaction, so a standby that reads it together with the rows misses nothing.
/// </summary>
internal static class ChangeJournal
{
    // A statement for each commit would cost more than some more entries.
    private const int TrimEvery = 64;

    private const string Replace = """
        REPLACE INTO changed_rows
            (revision, changed)
        VALUES
        """;

    private const string Trim = """
        DELETE FROM changed_rows
        WHERE revision <= @p0
        """;

    private const string ReadSince = """
        SELECT changed
        FROM changed_rows
        WHERE revision > @p0
        ORDER BY revision
        """;

    /// <summary>The entry of a commit, as it is stored.</summary>
    public static byte[] Entry(StateChanges changes) => ChangedKeys.Of(changes).ToByteArray();

    public static async Task WriteAsync(SqlSession session, ulong revision, byte[] entry, CancellationToken cancellationToken)
    {
        var row = new object?[][] { [unchecked((long)revision), entry] };
        await session.ExecuteKeptAsync(Replace, _ => Replace + " (@p0, @p1)", row, cancellationToken);
        if (revision % TrimEvery == 0 && revision > ChangedKeys.KeptCommits)
            await session.ExecuteAsync(Trim, cancellationToken, unchecked((long)(revision - ChangedKeys.KeptCommits)));
    }

    /// <returns>Null unless the journal lists the keys of each commit in between.</returns>
    public static async Task<ChangedKeys?> ReadAsync(SqlSession session, ulong since, ulong until, CancellationToken cancellationToken)
    {
        var keys = new ChangedKeys();
        var commits = 0ul;
        var listed = true;
        await session.ReadAsync(
            ReadSince,
            row =>
            {
                commits++;
                listed = listed && TryRead(row.GetFieldValue<byte[]>(0)) is { } changed && keys.TryAdd(changed);
            },
            cancellationToken,
            unchecked((long)since)
        );
        // Each commit raises the revision by one.
        return listed && since + commits == until ? keys : null;
    }

    // Null if it is damaged: the rows themselves can still be loaded.
    private static ChangedRows? TryRead(byte[] entry)
    {
        try
        {
            return ChangedRows.Parser.ParseFrom(entry);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
