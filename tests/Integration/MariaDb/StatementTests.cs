using System.Text;
using Scheduler.MariaDb;

namespace Scheduler.Tests.Integration.MariaDb;

[Collection(MariaDbCollection.Name)]
public sealed class StatementTests(MariaDbFixture fixture)
{
    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    [InlineData(2000)]
    public async Task Upserts_of_many_rows_go_in_one_statement(int rows)
    {
        var table = await fixture.CreateTableAsync(
            "id BIGINT PRIMARY KEY, a VARCHAR(50), b VARCHAR(50), c INT, d BIGINT, e TINYINT(1), f DATETIME(6), g VARBINARY(50), h DOUBLE, i VARCHAR(50)");
        await using var connection = await fixture.OpenAsync();
        await using var command = connection.Command(UpsertText(table, rows));
        for (var i = 0; i < rows * 10; i++) command.Parameters.AddWithValue($"@p{i}", null);
        foreach (var round in new[] { 1, 2 })
        {
            for (var row = 0; row < rows; row++) Fill(command, row, round);
            // A row that is there counts twice when changed: the server's own rule.
            Assert.Equal(round == 1 ? rows : rows * 2, await command.ExecuteNonQueryAsync());
        }

        await using var check = connection.Command($"SELECT COUNT(*), SUM(id), MIN(c), MAX(c), SUM(LENGTH(g)), COUNT(i) FROM {table}");
        await using var reader = await check.ExecuteReaderAsync();
        Assert.True(reader.Read());
        Assert.Equal(rows, reader.GetInt32(0));
        Assert.Equal((long)rows * (rows - 1) / 2, reader.GetInt64(1));
        Assert.Equal(2, reader.GetInt32(2));
        Assert.Equal(2, reader.GetInt32(3));
        Assert.Equal(rows * 4, reader.GetInt32(4));
        Assert.Equal(0, reader.GetInt32(5));
    }

    [Fact]
    public async Task An_update_counts_the_rows_it_found_unless_asked_for_those_it_changed()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY, v INT");
        await using var found = await fixture.OpenAsync();
        await found.ExecuteAsync($"INSERT INTO {table} VALUES (1, 1), (2, 1), (3, 2)");
        Assert.Equal(3, await found.ExecuteAsync($"UPDATE {table} SET v = 1"));
        Assert.Equal(3, await found.ExecuteAsync($"UPDATE {table} SET v = 1"));
        await using var changed = await fixture.OpenAsync("UseAffectedRows=true");
        Assert.Equal(0, await changed.ExecuteAsync($"UPDATE {table} SET v = 1"));
        Assert.Equal(1, await changed.ExecuteAsync($"UPDATE {table} SET v = 5 WHERE id = 1"));
        Assert.Equal(-1, await changed.ExecuteAsync("SELECT 1"));
        Assert.Equal(3, await changed.ExecuteAsync($"DELETE FROM {table}"));
    }

    [Fact]
    public async Task The_id_that_the_server_gave_is_told()
    {
        var table = await fixture.CreateTableAsync("id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, v INT");
        await using var connection = await fixture.OpenAsync();
        await connection.ExecuteAsync($"ALTER TABLE {table} AUTO_INCREMENT = 5000000000");
        await using var command = connection.Command($"INSERT INTO {table} (v) VALUES (1), (2)");
        await command.ExecuteNonQueryAsync();
        Assert.Equal(5_000_000_000, command.LastInsertedId);
    }

    [Fact]
    public async Task A_missing_parameter_is_named()
    {
        await using var connection = await fixture.OpenAsync();
        var error = await Assert.ThrowsAsync<ArgumentException>(() => connection.ScalarAsync("SELECT @here, @absent", ("@here", 1)));
        Assert.Contains("@absent", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<ArgumentException>(() => connection.ScalarAsync("SELECT @odd", ("@odd", new object())));
        Assert.Contains("@odd", error.Message, StringComparison.Ordinal);
        Assert.Equal("alive", await connection.ScalarAsync("SELECT 'alive'"));
    }

    [Fact]
    public async Task Variables_of_the_server_work_when_allowed()
    {
        await using var connection = await fixture.OpenAsync("AllowUserVariables=true");
        await connection.ExecuteAsync("SET @x := @value", ("@value", "it's"));
        Assert.Equal("it's", await connection.ScalarAsync("SELECT @x"));
    }

    [Fact]
    public async Task A_statement_too_large_for_the_server_is_refused_clearly_and_the_connection_goes_on()
    {
        await using var connection = await fixture.OpenAsync();
        var error = await Assert.ThrowsAsync<MariaDbException>(() => connection.ScalarAsync("SELECT LENGTH(@b)", ("@b", new byte[65 * 1024 * 1024])));
        Assert.Equal(MariaDbErrors.PacketTooLarge, error.Number);
        Assert.Contains("max_allowed_packet", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
        Assert.Equal("alive", await connection.ScalarAsync("SELECT 'alive'"));
    }

    [Fact]
    public async Task Server_errors_carry_number_and_state_but_no_values()
    {
        const string secret = "s3cr3t-' for key 'x";
        var table = await fixture.CreateTableAsync("id VARCHAR(50) PRIMARY KEY, n INT NOT NULL");
        await using var connection = await fixture.OpenAsync();
        await connection.ExecuteAsync($"INSERT INTO {table} VALUES (@s, 1)", ("@s", secret));

        var duplicate = await Assert.ThrowsAsync<MariaDbException>(() => connection.ExecuteAsync($"INSERT INTO {table} VALUES (@s, 1)", ("@s", secret)));
        Assert.Equal(MariaDbErrors.DuplicateKeyEntry, duplicate.Number);
        Assert.Equal("23000", duplicate.SqlState);
        Assert.Equal("Duplicate entry '?' for key 'PRIMARY'", duplicate.Message);
        Assert.Equal(1062, duplicate.Data["Server Error Code"]);
        Assert.False(duplicate.IsTransient);

        var syntax = await Assert.ThrowsAsync<MariaDbException>(() => connection.ExecuteAsync("SELEKT @s", ("@s", secret)));
        Assert.Equal(1064, syntax.Number);
        Assert.DoesNotContain("s3cr3t", syntax.Message, StringComparison.Ordinal);

        var incorrect = await Assert.ThrowsAsync<MariaDbException>(() => connection.ExecuteAsync($"INSERT INTO {table} VALUES ('a', @s)", ("@s", secret)));
        Assert.DoesNotContain("s3cr3t", incorrect.ToString(), StringComparison.Ordinal);

        var missing = await Assert.ThrowsAsync<MariaDbException>(() => connection.ScalarAsync("SELECT 1 FROM absent WHERE 1 = @s", ("@s", secret)));
        Assert.Equal("Table 'scheduler.absent' doesn't exist", missing.Message);
        Assert.Equal("42S02", missing.SqlState);
    }

    [Fact]
    public async Task An_error_in_a_later_statement_is_reported_and_the_connection_goes_on()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY");
        await using var connection = await fixture.OpenAsync();
        var error = await Assert.ThrowsAsync<MariaDbException>(() => connection.ExecuteAsync(
            $"INSERT INTO {table} VALUES (1); INSERT INTO {table} VALUES (1); INSERT INTO {table} VALUES (2)"));
        Assert.Equal(MariaDbErrors.DuplicateKeyEntry, error.Number);
        Assert.Equal(1, Convert.ToInt32(await connection.ScalarAsync($"SELECT COUNT(*) FROM {table}"), null));
    }

    [Fact]
    public async Task Wrong_credentials_and_databases_are_told_apart()
    {
        var settings = new MariaDbConnectionStringBuilder(fixture.Server.ConnectionString) { Password = "wrong-one", Pooling = false };
        await using var denied = new MariaDbConnection(settings.ConnectionString);
        var error = await Assert.ThrowsAsync<MariaDbException>(() => denied.OpenAsync());
        Assert.Equal(MariaDbErrors.AccessDenied, error.Number);
        Assert.DoesNotContain("wrong-one", error.ToString(), StringComparison.Ordinal);
        settings.Password = fixture.Server.Password;
        settings.Database = "absent";
        await using var absent = new MariaDbConnection(settings.ConnectionString);
        Assert.Equal(1049, (await Assert.ThrowsAsync<MariaDbException>(() => absent.OpenAsync())).Number);
    }

    [Fact]
    public async Task A_unix_socket_serves_as_well()
    {
        var settings = new MariaDbConnectionStringBuilder(fixture.Server.ConnectionString) { Server = fixture.Server.UnixSocket, Pooling = false };
        await using var connection = new MariaDbConnection(settings.ConnectionString);
        await connection.OpenAsync();
        Assert.Equal("alive", await connection.ScalarAsync("SELECT 'alive'"));
    }

    [Fact]
    public async Task An_opened_connection_does_not_tell_its_password()
    {
        await using var connection = new MariaDbConnection(fixture.Server.ConnectionString);
        await connection.OpenAsync();
        Assert.DoesNotContain(fixture.Server.Password, connection.ConnectionString, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Server.Password, fixture.Source.ConnectionString, StringComparison.Ordinal);
        await connection.CloseAsync();
        await connection.OpenAsync();
    }

    private static string UpsertText(string table, int rows)
    {
        var text = new StringBuilder($"INSERT INTO {table} VALUES ");
        for (var row = 0; row < rows; row++)
        {
            text.Append(row == 0 ? "(" : ",(");
            for (var column = 0; column < 10; column++) text.Append(column == 0 ? "@p" : ",@p").Append((row * 10) + column);
            text.Append(')');
        }

        return text.Append(
            " ON DUPLICATE KEY UPDATE a=VALUES(a),b=VALUES(b),c=VALUES(c),d=VALUES(d),e=VALUES(e),f=VALUES(f),g=VALUES(g),h=VALUES(h),i=VALUES(i)").ToString();
    }

    private static void Fill(MariaDbCommand command, int row, int round)
    {
        object?[] values = [row, $"guid-{row}", "O'Reilly \\ 😀", round, long.MaxValue - row, row % 2 == 0, new DateTime(2026, 1, 1).AddSeconds(row), new byte[] { 0, 39, 92, 255 }, row / 3.0, null];
        for (var i = 0; i < values.Length; i++) command.Parameters[(row * 10) + i].Value = values[i];
    }
}
