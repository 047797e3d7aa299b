using System.Data.Common;
using System.Globalization;
using System.Text;
using Scheduler.MariaDb;

namespace Scheduler.Tests.Integration.MariaDb;

[Collection(MariaDbCollection.Name)]
public sealed class TypesTests(MariaDbFixture fixture)
{
    /// <summary>Column type, value written, value read back as an object.</summary>
    public static TheoryData<string, object, object> RoundTrips => new()
    {
        { "TINYINT", (sbyte)-128, (sbyte)-128 },
        { "TINYINT UNSIGNED", (byte)255, (byte)255 },
        { "TINYINT(1)", true, true },
        { "TINYINT(1)", false, false },
        { "SMALLINT", short.MinValue, short.MinValue },
        { "SMALLINT UNSIGNED", ushort.MaxValue, ushort.MaxValue },
        { "MEDIUMINT", -8388608, -8388608 },
        { "INT", int.MinValue, int.MinValue },
        { "INT UNSIGNED", uint.MaxValue, uint.MaxValue },
        { "BIGINT", long.MinValue, long.MinValue },
        { "BIGINT UNSIGNED", ulong.MaxValue, ulong.MaxValue },
        { "BIT(40)", 0xF0_1234_5678UL, 0xF0_1234_5678UL },
        { "FLOAT", 1.5f, 1.5f },
        { "DOUBLE", 0.1 + 0.2, 0.1 + 0.2 },
        { "DOUBLE", double.MaxValue, double.MaxValue },
        { "DECIMAL(28,10)", 123456789012345678.0123456789m, 123456789012345678.0123456789m },
        { "YEAR", 2026, 2026 },
        { "DATE", new DateOnly(2024, 2, 29), new DateTime(2024, 2, 29) },
        { "DATETIME(6)", new DateTime(9999, 12, 31, 23, 59, 59, 999, 999), new DateTime(9999, 12, 31, 23, 59, 59, 999, 999) },
        { "DATETIME", new DateTime(1, 1, 1, 0, 0, 1), new DateTime(1, 1, 1, 0, 0, 1) },
        { "TIMESTAMP(6)", new DateTime(2026, 3, 4, 5, 6, 7, 8), new DateTime(2026, 3, 4, 5, 6, 7, 8) },
        { "TIME(6)", new TimeSpan(34, 22, 59, 59, 0, 1), new TimeSpan(34, 22, 59, 59, 0, 1) },
        { "TIME", -TimeSpan.FromHours(838), -TimeSpan.FromHours(838) },
        { "TIME(6)", new TimeOnly(23, 59, 59, 999), new TimeSpan(0, 23, 59, 59, 999) },
        { "CHAR(36)", Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e") },
        { "VARCHAR(100)", "Grüße, 世界 😀", "Grüße, 世界 😀" },
        { "VARCHAR(100)", "", "" },
        { "VARCHAR(100)", "it's \"quoted\" \\ back\\\\slash\0\n\r\t\u001a%_;--#/*", "it's \"quoted\" \\ back\\\\slash\0\n\r\t\u001a%_;--#/*" },
        { "LONGTEXT", "text", "text" },
        { "JSON", "{\"a\":\"\\\\\"}", "{\"a\":\"\\\\\"}" },
        { "ENUM('a','b')", "b", "b" },
        { "SET('a','b')", "a,b", "a,b" },
        { "VARBINARY(20)", new byte[] { 0, 39, 92, 34, 255, 240, 159, 39 }, new byte[] { 0, 39, 92, 34, 255, 240, 159, 39 } },
        { "BLOB", Array.Empty<byte>(), Array.Empty<byte>() },
        { "BINARY(3)", new byte[] { 1, 0, 0 }, new byte[] { 1, 0, 0 } },
        { "INT", DayOfWeek.Friday, 5 },
        { "CHAR(1)", 'ß', "ß" },
        { "DATETIME(3)", new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)), new DateTime(2026, 1, 2, 1, 4, 5, 678) },
    };

    [Theory]
    [MemberData(nameof(RoundTrips))]
    public async Task A_value_comes_back_as_it_was_written(string type, object written, object expected)
    {
        var table = await fixture.CreateTableAsync($"id INT PRIMARY KEY, v {type} NULL");
        await using var connection = await fixture.OpenAsync();
        await connection.ExecuteAsync($"INSERT INTO {table} VALUES (1, @v), (2, @n)", ("@v", written), ("@n", DBNull.Value));

        await using var command = connection.Command($"SELECT v FROM {table} ORDER BY id");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.False(reader.IsDBNull(0));
        Assert.Equal(expected, reader.GetValue(0));
        Assert.Equal(expected.GetType(), reader.GetFieldType(0));
        Assert.True(await reader.ReadAsync());
        Assert.True(reader.IsDBNull(0));
        Assert.Equal(DBNull.Value, reader[0]);
        Assert.False(await reader.ReadAsync());
    }

    [Fact]
    public async Task Typed_getters_convert_between_numbers_and_check_their_range()
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = connection.Command("SELECT 300, SUM(x), 1.5, -1 FROM (SELECT 7 x UNION ALL SELECT 8) s");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(reader.Read());
        Assert.Equal(300L, reader.GetInt64(0));
        Assert.Equal((short)300, reader.GetFieldValue<short>(0));
        Assert.Throws<OverflowException>(() => reader.GetByte(0));
        Assert.Equal(15, reader.GetInt32(1));
        Assert.Equal(15UL, reader.GetFieldValue<ulong>(1));
        Assert.Equal(1.5, reader.GetDouble(2));
        Assert.Throws<InvalidCastException>(() => reader.GetInt32(2));
        Assert.Throws<OverflowException>(() => reader.GetFieldValue<uint>(3));
    }

    [Fact]
    public async Task Null_and_wrong_types_name_the_column_and_not_the_value()
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = connection.Command("SELECT NULL AS nothing, 'secret' AS word");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.Throws<InvalidOperationException>(() => reader.GetString(1));
        Assert.True(reader.Read());
        Assert.Contains("nothing", Assert.Throws<InvalidCastException>(() => reader.GetInt32(0)).Message, StringComparison.Ordinal);
        var mismatch = Assert.Throws<InvalidCastException>(() => reader.GetInt32(1));
        Assert.Contains("word", mismatch.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", mismatch.Message, StringComparison.Ordinal);
        Assert.Throws<IndexOutOfRangeException>(() => reader.GetValue(2));
        Assert.Throws<IndexOutOfRangeException>(() => reader.GetOrdinal("absent"));
        Assert.Equal(1, reader.GetOrdinal("WORD"));
    }

    [Fact]
    public async Task Utc_times_stay_utc_in_datetime_and_timestamp_columns()
    {
        var table = await fixture.CreateTableAsync("a DATETIME(6), b TIMESTAMP(6) NULL");
        await using var connection = await fixture.OpenAsync("DateTimeKind=Utc");
        var now = new DateTime(2026, 7, 1, 12, 30, 0, DateTimeKind.Utc);
        await connection.ExecuteAsync($"INSERT INTO {table} VALUES (@now, @now)", ("now", now));
        Assert.Equal("+00:00", await connection.ScalarAsync("SELECT @@time_zone"));
        await using var command = connection.Command($"SELECT a, b, UNIX_TIMESTAMP(b) FROM {table}");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(reader.Read());
        Assert.Equal(DateTimeKind.Utc, reader.GetDateTime(0).Kind);
        Assert.Equal(now, reader.GetDateTime(0));
        Assert.Equal(now, reader.GetDateTime(1));
        Assert.Equal(new DateTimeOffset(now), reader.GetFieldValue<DateTimeOffset>(1));
        Assert.Equal(new DateTimeOffset(now).ToUnixTimeSeconds(), reader.GetInt64(2));
    }

    [Fact]
    public async Task Local_times_are_refused_where_utc_is_asked_for()
    {
        await using var connection = await fixture.OpenAsync("DateTimeKind=Utc");
        var error = await Assert.ThrowsAsync<ArgumentException>(() => connection.ScalarAsync("SELECT @when", ("@when", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Local))));
        Assert.Contains("@when", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zero_date_is_an_error_or_the_least_date_as_asked()
    {
        await using var strict = await fixture.OpenAsync("Pooling=false");
        await Assert.ThrowsAsync<InvalidCastException>(() => strict.ScalarAsync("SELECT CAST('0000-00-00' AS DATE)"));
        Assert.Equal(1, Convert.ToInt32(await strict.ScalarAsync("SELECT 1"), CultureInfo.InvariantCulture));
        await using var lenient = await fixture.OpenAsync("ConvertZeroDateTime=true");
        Assert.Equal(DateTime.MinValue, await lenient.ScalarAsync("SELECT CAST('0000-00-00' AS DATE)"));
    }

    [Fact]
    public async Task Text_is_kept_to_the_character_in_every_plane()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY, v LONGTEXT");
        var text = new StringBuilder();
        for (var code = 1; code < 0x110000; code += code < 0x3000 ? 1 : 97)
        {
            if (code is < 0xD800 or > 0xDFFF) text.Append(char.ConvertFromUtf32(code));
        }

        await using var connection = await fixture.OpenAsync();
        await connection.ExecuteAsync($"INSERT INTO {table} VALUES (1, @v)", ("@v", text.ToString()));
        Assert.Equal(text.ToString(), await connection.ScalarAsync($"SELECT v FROM {table}"));
        Assert.Equal("utf8mb4", await connection.ScalarAsync("SELECT @@character_set_client"));
    }

    [Fact]
    public async Task Any_bytes_survive_in_any_sql_mode()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY, b LONGBLOB, s LONGTEXT");
        var random = new Random(4711);
        foreach (var mode in new[] { "", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES,ANSI_QUOTES" })
        {
            await using var connection = await fixture.OpenAsync("Pooling=false");
            await connection.ExecuteAsync($"SET SESSION sql_mode = '{mode}'; DELETE FROM {table}");
            for (var length = 0; length < 300; length += 23)
            {
                var bytes = new byte[length];
                random.NextBytes(bytes);
                var text = string.Concat(Enumerable.Range(0, length).Select(_ => "\\'\"`@?x\0😀"[random.Next(8)]));
                await connection.ExecuteAsync($"REPLACE INTO {table} VALUES (1, @b, @s)", ("@b", bytes), ("@s", text));
                Assert.Equal(bytes, await connection.ScalarAsync($"SELECT b FROM {table} WHERE b = @b", ("@b", bytes)));
                Assert.Equal(text, await connection.ScalarAsync($"SELECT s FROM {table} WHERE s = @s", ("@s", text)));
            }
        }
    }

    [Fact]
    public async Task The_factory_makes_working_parts_for_code_that_knows_only_the_base_classes()
    {
        DbProviderFactory factory = MariaDbProviderFactory.Instance;
        await using var source = factory.CreateDataSource(fixture.Server.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT @a + ?";
        var a = command.CreateParameter();
        a.ParameterName = "@a";
        a.Value = 40;
        command.Parameters.Add(a);
        var b = factory.CreateParameter()!;
        b.Value = 2;
        command.Parameters.Add(b);
        Assert.Equal(42L, Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture));
    }
}
