using System.Data.Common;
using System.Net.Sockets;

namespace Scheduler.Bbs.Storage.Sql;

/// <summary>
/// One connection and what the store does with it: every step is a command, transactions included. A call ends when its caller
/// gives up, whatever the server does; the connection then goes as soon as it can, and every further call fails.
/// </summary>
/// <remarks>Whatever goes wrong between here and the server is a <see cref="DbException"/>.</remarks>
internal sealed class SqlSession(DbConnection connection, TimeProvider time) : IAsyncDisposable
{
    // The provider ends a call by its own timeouts, but not one whose statement the server does not take in: this is for that.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    // Statements that come again and again stay prepared: SQLite keeps them compiled, and a server need not parse them anew.
    private readonly Dictionary<(string Head, int Rows), DbCommand> _kept = [];

    // What is under way although nobody waits for it any more.
    private (DbCommand Command, Task Call)? _abandoned;

    /// <summary>How many bytes a statement may have.</summary>
    public long MaxStatementBytes { get; set; } = long.MaxValue;

    /// <exception cref="DbException">The database cannot be reached or refuses, for whatever reason.</exception>
    public static async Task<SqlSession> OpenAsync(DbDataSource source, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<DbConnection>? opening = null;
        try
        {
            // The provider ends it by its own timeout.
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

    /// <summary>Writes rows with a statement that stays prepared for the next rows of as many.</summary>
    /// <param name="head">With the number of rows, the name of the statement.</param>
    /// <param name="text">Makes the statement; its parameters are the rows' values in order.</param>
    public async Task ExecuteKeptAsync(string head, Func<int, string> text, ReadOnlyMemory<object?[]> rows, CancellationToken cancellationToken)
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

    /// <summary>Calls <paramref name="take"/> for each row as it arrives. What takes long in all is no fault; a server that pauses for longer than the timeout of a command is.</summary>
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
            // Closing the reader would first read the rest, however much it is.
            _abandoned ??= (command, Task.CompletedTask);
            throw;
        }

        await reader.DisposeAsync();
        await command.DisposeAsync();
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

    // The provider never sees the caller's token: told to cancel, it opens a second connection, and blocks whoever cancels until that has worked or timed out.
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
            // Rows that nobody reads any more would have to come first, however many; and the statement may wait for a lock.
            command.Cancel();
            await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await connection.DisposeAsync();
        }
        catch (Exception failure) when (failure is DbException || IsLost(failure))
        {
            // It was lost before it could be closed, which is as good.
        }
    }

    private static async Task CloseWhenOpenAsync(Task<DbConnection> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
            await opening.Result.DisposeAsync();
    }

    // How providers say that a connection broke under a call, or before it.
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

/// <summary>The connection to the database broke, or was given up; whether the last statement was done is not known.</summary>
internal sealed class LostConnectionException(string message, Exception? inner = null) : DbException(message, inner);

/// <summary>@p0, @p1 …</summary>
internal static class ParameterNames
{
    private static readonly string[] Common = [.. Enumerable.Range(0, 4096).Select(i => $"@p{i}")];

    public static string Of(int index) => index < Common.Length ? Common[index] : $"@p{index}";
}
