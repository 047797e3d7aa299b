using System.Globalization;
using MySqlConnector;

namespace Scheduler.Bench.Commands.Load;

/// <summary>Reads a MySQL or MariaDB server's counters over a connection of its own.</summary>
internal sealed class DatabaseCounter(string connectionString) : IAsyncDisposable
{
    private const string Query =
        // Handler_*, not Innodb_rows_*: recent MariaDB servers only have the former.
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions','Com_commit','Handler_write','Handler_update','Handler_delete','Innodb_os_log_written')";

    private readonly MySqlConnection _connection = new(connectionString);

    public async Task<DatabaseCounters> ReadAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (_connection.State == System.Data.ConnectionState.Closed)
            await _connection.OpenAsync(cancellationToken);
        await using var command = _connection.CreateCommand();
        command.CommandText = Query;
        var values = new Dictionary<string, long>(StringComparer.OrdinalIgnoreCase);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            values[reader.GetString(0)] = long.Parse(reader.GetString(1), CultureInfo.InvariantCulture);
        return new DatabaseCounters(
            time.GetTimestamp(),
            values["Questions"],
            values["Com_commit"],
            values["Handler_write"] + values["Handler_update"] + values["Handler_delete"],
            values["Innodb_os_log_written"]
        );
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
