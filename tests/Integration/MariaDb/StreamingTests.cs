using System.Data;

namespace Scheduler.Tests.Integration.MariaDb;

[Collection(MariaDbCollection.Name)]
public sealed class StreamingTests(MariaDbFixture fixture)
{
    private const int BlobBytes = 16 * 1024 * 1024;

    [Fact]
    public async Task A_blob_of_16_MB_is_written_and_read_in_pieces()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY, b LONGBLOB");
        var blob = new byte[BlobBytes];
        new Random(1).NextBytes(blob);
        await using var connection = await fixture.OpenAsync();
        await connection.ExecuteAsync($"INSERT INTO {table} VALUES (1, @b), (2, 'after')", ("@b", blob));

        await using var command = connection.Command($"SELECT id, b FROM {table} ORDER BY id");
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess);
        Assert.True(await reader.ReadAsync());
        Assert.Equal(BlobBytes, reader.GetBytes(1, 0, null, 0, 0));
        var stream = reader.GetStream(1);
        var piece = new byte[100_000];
        var at = 0;
        for (int count; (count = await stream.ReadAsync(piece)) > 0; at += count)
            Assert.True(piece.AsSpan(0, count).SequenceEqual(blob.AsSpan(at, count)));
        Assert.Equal(BlobBytes, at);
        Assert.Equal(50, reader.GetBytes(1, BlobBytes - 50, piece, 0, 100));
        Assert.True(piece.AsSpan(0, 50).SequenceEqual(blob.AsSpan(BlobBytes - 50)));

        Assert.True(await reader.ReadAsync());
        Assert.Equal("after"u8.ToArray(), reader.GetFieldValue<byte[]>(1));
        Assert.Throws<ObjectDisposedException>(() => stream.ReadByte());
    }

    [Fact]
    public async Task Reading_a_large_blob_as_a_stream_does_not_copy_it_to_managed_memory()
    {
        var table = await fixture.CreateTableAsync("b LONGBLOB");
        await using var connection = await fixture.OpenAsync();
        await connection.ExecuteAsync($"INSERT INTO {table} VALUES (REPEAT('x', {BlobBytes}))");
        using var command = connection.Command($"SELECT b FROM {table}");
        var piece = new byte[80_000];
        // Synchronous, so that all of it is counted on this thread.
        var before = GC.GetAllocatedBytesForCurrentThread();
        using (var reader = command.ExecuteReader(CommandBehavior.SequentialAccess))
        {
            Assert.True(reader.Read());
            using var stream = reader.GetStream(0);
            while (stream.Read(piece) > 0)
            {
            }
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public async Task Text_is_decoded_as_it_is_read_across_pieces()
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = connection.Command("SELECT REPEAT('aß世😀', 100000)");
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess);
        Assert.True(await reader.ReadAsync());
        using var text = reader.GetTextReader(0);
        var all = await text.ReadToEndAsync();
        Assert.Equal(500_000, all.Length);
        Assert.Equal("aß世😀aß世😀", all[..10]);
        var chars = new char[10];
        Assert.Equal(10, reader.GetChars(0, 5, chars, 0, 10));
        Assert.Equal("aß世😀aß世😀", new string(chars));
    }

    [Fact]
    public async Task Many_rows_pass_without_being_held()
    {
        await using var connection = await fixture.OpenAsync();
        using var command = connection.Command("SELECT seq, REPEAT('x', 100) FROM seq_1_to_300000");
        var before = GC.GetAllocatedBytesForCurrentThread();
        long sum = 0;
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read()) sum += reader.GetInt64(0);
        }

        Assert.Equal(300_000L * 300_001 / 2, sum);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public async Task Small_and_large_rows_and_nulls_may_alternate()
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = connection.Command(
            "SELECT seq, IF(seq % 3 = 0, NULL, REPEAT(CHAR(65 + seq % 20 USING utf8mb4), IF(seq % 7 = 0, 200000, seq))), seq * 2 FROM seq_1_to_200");
        await using var reader = await command.ExecuteReaderAsync();
        for (var i = 1; i <= 200; i++)
        {
            Assert.True(await reader.ReadAsync());
            Assert.Equal(i, reader.GetInt32(0));
            Assert.Equal(i * 2, reader.GetInt32(2));
            if (i % 3 == 0) Assert.True(reader.IsDBNull(1));
            else Assert.Equal(new string((char)(65 + (i % 20)), i % 7 == 0 ? 200000 : i), reader.GetString(1));
        }

        Assert.False(await reader.ReadAsync());
    }

    [Fact]
    public async Task Results_of_several_statements_follow_one_another()
    {
        var table = await fixture.CreateTableAsync("id INT PRIMARY KEY AUTO_INCREMENT, v INT");
        await using var connection = await fixture.OpenAsync();
        await using var command = connection.Command(
            $"INSERT INTO {table}(v) VALUES (1), (2); SELECT v FROM {table} ORDER BY v; UPDATE {table} SET v = v + 1; SELECT 'last' AS word, 1 AS one");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(reader.HasRows);
        Assert.Equal(1, command.LastInsertedId);
        Assert.True(await reader.ReadAsync());
        // One row is left unread on purpose.
        Assert.True(await reader.NextResultAsync());
        Assert.Equal(2, reader.FieldCount);
        Assert.True(await reader.ReadAsync());
        Assert.Equal("last", reader["word"]);
        Assert.False(await reader.ReadAsync());
        Assert.False(await reader.NextResultAsync());
        Assert.Equal(4, reader.RecordsAffected);
    }

    [Fact]
    public async Task A_reader_left_early_leaves_the_connection_usable()
    {
        await using var connection = await fixture.OpenAsync();
        await using (var command = connection.Command("SELECT seq FROM seq_1_to_100000; SELECT 2"))
        {
            await using var reader = await command.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync());
            await Assert.ThrowsAsync<InvalidOperationException>(() => connection.ScalarAsync("SELECT 1"));
        }

        Assert.Equal(3, Convert.ToInt32(await connection.ScalarAsync("SELECT 3"), null));
    }

    [Fact]
    public async Task Nothing_can_be_read_after_the_reader_is_closed()
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = connection.Command("SELECT 'x'");
        var reader = await command.ExecuteReaderAsync(CommandBehavior.CloseConnection);
        Assert.True(await reader.ReadAsync());
        await reader.CloseAsync();
        Assert.True(reader.IsClosed);
        Assert.Throws<InvalidOperationException>(() => reader.GetString(0));
        Assert.Throws<ObjectDisposedException>(() => reader.Read());
        Assert.Equal(ConnectionState.Closed, connection.State);
    }
}
