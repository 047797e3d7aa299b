namespace Scheduler.Bbs.Storage.Sql;

/// <summary>Migrates the schema one numbered step after the other. The caller holds the lock that prevents concurrent migrations.</summary>
internal static class MigrationRunner
{
    private const string CreateHistory = """
        CREATE TABLE IF NOT EXISTS bbs_schema (
            version INTEGER NOT NULL PRIMARY KEY,
            name VARCHAR(255) NOT NULL,
            applied_at BIGINT NOT NULL
        )
        """;

    private const string ReadVersion = "SELECT COALESCE(MAX(version), 0) FROM bbs_schema";

    private const string RecordStep = """
        INSERT INTO bbs_schema
            (version, name, applied_at)
        VALUES
            (@p0, @p1, @p2)
        """;

    /// <summary>The version of a schema that has a history; 0 if its first step never ended.</summary>
    public static async Task<int> VersionAsync(SqlSession session, CancellationToken cancellationToken) =>
        Convert.ToInt32((await session.RowAsync(ReadVersion, cancellationToken))![0]);

    /// <returns>The steps that were applied.</returns>
    /// <exception cref="StoreException">The schema is from a later version of the program.</exception>
    public static async Task<IReadOnlyList<Migration>> RunAsync(
        SqlSession session,
        IReadOnlyList<Migration> history,
        long nowNs,
        CancellationToken cancellationToken
    )
    {
        await session.ExecuteAsync(CreateHistory, cancellationToken);
        var current = await VersionAsync(session, cancellationToken);
        if (current > history.Count)
        {
            throw new StoreException(
                $"the database schema has version {current}, but this program supports only {history.Count}: run the version that migrated "
                    + "it, or a newer one"
            );
        }
        var pending = history.Skip(current).ToList();
        foreach (var step in pending)
        {
            foreach (var statement in step.Statements)
                await session.ExecuteAsync(statement, cancellationToken);
            await session.ExecuteAsync(RecordStep, cancellationToken, step.Version, step.Name, nowNs);
        }
        return pending;
    }
}
