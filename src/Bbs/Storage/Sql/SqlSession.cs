using System.Data.Common;
using System.Net.Sockets;

namespace Scheduler.Bbs.Storage.Sql;

/// <summary>
/// One database connection of the store; every step is a command, including transactions. A call ends when its caller gives up, whatever
/// the server does; the connection is then closed as soon as possible, and every further call fails.
/// </summary>
/// <remarks>Any failure between here and the server is a <see cref="DbException"/>.</remarks>
internal sealed class SqlSession(DbConnection connection, TimeProvider time) : IAsyncDisposable
{
    // The provider's own timeouts end a call, except when the server does not accept the statement at all: this covers that case.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    // Repeated statements stay prepared: SQLite keeps them compiled, and a server does not have to parse them again.
    private readonly Dictionary<(string Head, int Rows), DbCommand> _kept = [];

    // A call that is still running although its caller has given up.
    private (DbCommand Command, Task Call)? _abandoned;

    /// <summary>Maximum size of a statement in bytes.</summary>
    public long MaxStatementBytes { get; set; } = long.MaxValue;

    /// <exception cref="DbException">The database cannot be reached or refuses the connection.</exception>
    public static async Task<SqlSession> OpenAsync(DbDataSource source, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<DbConnection>? opening = null;
        try
        {
            // The provider's own timeout ends it.
            opening = source.OpenConnectionAsync(CancellationToken.None).AsTask();
            return new SqlSession(await opening.WaitAsync(cancellationToken), time);
        }
        catch (OperationCanceledException) when (opening is { IsCompleted: false })
        {
            _ = CloseWhenOpenAsync(opening);
            throw;
        }
        catch (Exception failure) when (failure is not (DbException or OperationCanceledException))
        {
            throw new LostConnectionException(failure.Message, failure);
        }
    }

    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params object?[] parameters)
    {
        var command = Command(sql, parameters);
        var changed = await FinishAsync(command, () => command.ExecuteNonQueryAsync(CancellationToken.None), cancellationToken);
        await command.DisposeAsync();
        return changed;
    }

    /// <summary>Writes rows with a prepared statement that is kept for later writes of the same number of rows.</summary>
    /// <param name="head">Identifies the statement, together with the number of rows.</param>
    /// <param name="text">Builds the statement; its parameters are the rows' values in order.</param>
    public async Task ExecuteKeptAsync(
        string head,
        Func<int, string> text,
        ReadOnlyMemory<object?[]> rows,
        CancellationToken cancellationToken
    )
    {
        var isKept = _kept.TryGetValue((head, rows.Length), out var kept);
        var command = kept ?? Command(text(rows.Length), new object?[rows.Length * rows.Span[0].Length]);
        var next = 0;
        foreach (var row in rows.Span)
        {
            foreach (var value in row)
                command.Parameters[next++].Value = value ?? DBNull.Value;
        }

        await FinishAsync(command, RunAsync, cancellationToken);

        async Task<int> RunAsync()
        {
            if (!isKept)
            {
                await command.PrepareAsync(CancellationToken.None);
                _kept.Add((head, rows.Length), command);
            }

            return await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    /// <summary>The first row, or null.</summary>
    public async Task<object[]?> RowAsync(string sql, CancellationToken cancellationToken, params object?[] parameters)
    {
        var command = Command(sql, parameters);
        var row = await FinishAsync(command, FirstAsync, cancellationToken);
        await command.DisposeAsync();
        return row;

        async Task<object[]?> FirstAsync()
        {
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
            if (!await reader.ReadAsync(CancellationToken.None))
                return null;
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            return values;
        }
    }

    /// <summary>
    /// Calls <paramref name="take"/> for each row as it arrives. The total duration is not limited, but a pause of the server that is
    /// longer than the command timeout is an error.
    /// </summary>
    public async Task ReadAsync(string sql, Action<DbDataReader> take, CancellationToken cancellationToken, params object?[] parameters)
    {
        var command = Command(sql, parameters);
        var reader = await FinishAsync(command, () => command.ExecuteReaderAsync(CancellationToken.None), cancellationToken);
        try
        {
            while (await NextAsync(command, reader, cancellationToken))
                take(reader);
        }
        catch
        {
            // Closing the reader would first read all remaining rows.
            _abandoned ??= (command, Task.CompletedTask);
            throw;
        }

        await reader.DisposeAsync();
        await command.DisposeAsync();
    }

    /// <summary>
    /// Rolls back the open transaction. Returns false when the connection can no longer do so; closing the connection then has the same
    /// effect.
    /// </summary>
    public async Task<bool> RollbackAsync()
    {
        try
        {
            // Without the caller's token, which cancels the work but not its clean-up.
            await ExecuteAsync("ROLLBACK", CancellationToken.None);
            return true;
        }
        catch (DbException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_abandoned is { } abandoned)
        {
            _ = Task.Run(() => EndAsync(abandoned.Command, abandoned.Call));
            return;
        }

        foreach (var command in _kept.Values)
            await command.DisposeAsync();
        _kept.Clear();
        await connection.DisposeAsync();
    }

    private async ValueTask<bool> NextAsync(DbCommand command, DbDataReader reader, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var next = reader.ReadAsync(CancellationToken.None);
        return next.IsCompletedSuccessfully ? next.Result : await FinishAsync(command, () => next, cancellationToken);
    }

    // Never pass the caller's token to the provider: on cancellation it opens a second connection, and blocks the canceller until that has
    // succeeded or timed out.
    private async Task<T> FinishAsync<T>(DbCommand command, Func<Task<T>> start, CancellationToken cancellationToken)
    {
        if (_abandoned is not null)
            throw new LostConnectionException("the connection was already abandoned");
        cancellationToken.ThrowIfCancellationRequested();
        Task<T>? call = null;
        try
        {
            call = start();
            var limit = command.CommandTimeout > 0 ? TimeSpan.FromSeconds(command.CommandTimeout) + Grace : Timeout.InfiniteTimeSpan;
            return await call.WaitAsync(limit, time, cancellationToken);
        }
        catch (Exception failure) when (call is { IsCompleted: false })
        {
            _abandoned = (command, call);
            if (failure is TimeoutException)
                throw new LostConnectionException("the server did not accept the statement within the command timeout", failure);
            throw;
        }
        catch (Exception failure) when (IsLost(failure))
        {
            throw new LostConnectionException(failure.Message, failure);
        }
    }

    private async Task EndAsync(DbCommand command, Task call)
    {
        try
        {
            // Closing would first read all remaining rows, and the statement may wait for a lock.
            command.Cancel();
            await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await connection.DisposeAsync();
        }
        catch (Exception failure) when (failure is DbException || IsLost(failure))
        {
            // The connection broke before it could be closed, which has the same effect.
        }
    }

    private static async Task CloseWhenOpenAsync(Task<DbConnection> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
            await opening.Result.DisposeAsync();
    }

    // The exceptions by which providers report that a connection broke before or during a call.
    private static bool IsLost(Exception failure) => failure is IOException or SocketException or InvalidOperationException;

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

/// <summary>The connection to the database broke or was abandoned; it is unknown whether the last statement took effect.</summary>
internal sealed class LostConnectionException(string message, Exception? inner = null) : DbException(message, inner);

/// <summary>@p0, @p1 …</summary>
internal static class ParameterNames
{
    private static readonly string[] Common = [.. Enumerable.Range(0, 4096).Select(i => $"@p{i}")];

    public static string Of(int index) => index < Common.Length ? Common[index] : $"@p{index}";
}
