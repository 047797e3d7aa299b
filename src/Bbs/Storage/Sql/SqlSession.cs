using System.Data.Common;

namespace Scheduler.Bbs.Storage.Sql;

/// <summary>One connection and what the store does with it: every step is a command, transactions included.</summary>
internal sealed class SqlSession(DbConnection connection) : IAsyncDisposable
{
    // Commands of one row are used again: SQLite keeps them compiled.
    private readonly Dictionary<string, DbCommand> _kept = new(StringComparer.Ordinal);

    /// <summary>How many bytes a statement may have.</summary>
    public long MaxStatementBytes { get; set; } = long.MaxValue;

    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object?[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>As <see cref="ExecuteAsync"/>, for a statement that will come again often with other values.</summary>
    public async Task ExecuteKeptAsync(string sql, object?[] parameters, CancellationToken cancellationToken)
    {
        if (!_kept.TryGetValue(sql, out var command))
            _kept.Add(sql, command = Command(sql, parameters));
        for (var i = 0; i < parameters.Length; i++)
            command.Parameters[i].Value = parameters[i] ?? DBNull.Value;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The first row, or null.</summary>
    public async Task<object[]?> RowAsync(string sql, CancellationToken cancellationToken, params object?[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var row = new object[reader.FieldCount];
        reader.GetValues(row);
        return row;
    }

    /// <summary>Calls <paramref name="take"/> for each row as it arrives.</summary>
    public async Task ReadAsync(string sql, Action<DbDataReader> take, CancellationToken cancellationToken, params object?[] parameters)
    {
        await using var command = Command(sql, parameters);
        // A load takes as long as it takes; the caller's token ends it.
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            take(reader);
    }

    /// <summary>Ends the open transaction without effect. False when the connection is past that; then closing it has the same effect.</summary>
    public async Task<bool> RollbackAsync()
    {
        try
        {
            // Not with the caller's token: what is cancelled is the work, not the cleaning up after it.
            await ExecuteAsync("ROLLBACK", CancellationToken.None);
            return true;
        }
        catch (Exception e) when (e is DbException or InvalidOperationException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var command in _kept.Values)
            await command.DisposeAsync();
        _kept.Clear();
        await connection.DisposeAsync();
    }

    private DbCommand Command(string sql, object?[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = ParameterNames.Of(i);
            parameter.Value = parameters[i] ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return command;
    }
}

/// <summary>@p0, @p1 …</summary>
internal static class ParameterNames
{
    private static readonly string[] Common = [.. Enumerable.Range(0, 4096).Select(i => $"@p{i}")];

    public static string Of(int index) => index < Common.Length ? Common[index] : $"@p{index}";
}
