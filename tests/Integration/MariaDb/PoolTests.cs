using System.Data;
using Scheduler.MariaDb;

namespace Scheduler.Tests.Integration.MariaDb;

[Collection(MariaDbCollection.Name)]
public sealed class PoolTests(MariaDbFixture fixture)
{
    [Fact]
    public async Task A_connection_is_used_again_as_if_it_were_new()
    {
        await using var source = Source("AllowUserVariables=true;DateTimeKind=Utc");
        int thread;
        await using (var first = await source.OpenConnectionAsync())
        {
            thread = first.ServerThread;
            await first.ExecuteAsync("SET @mine = 1, SESSION sql_mode = 'ANSI_QUOTES', time_zone = '+05:00'; SET NAMES latin1; CREATE TEMPORARY TABLE mine (id INT); USE mysql");
        }

        await using var second = await source.OpenConnectionAsync();
        Assert.Equal(thread, second.ServerThread);
        Assert.Equal(DBNull.Value, await second.ScalarAsync("SELECT @mine"));
        Assert.Equal("utf8mb4", await second.ScalarAsync("SELECT @@character_set_client"));
        Assert.Equal("+00:00", await second.ScalarAsync("SELECT @@time_zone"));
        Assert.Equal("😀", await second.ScalarAsync("SELECT \"😀\""));
        Assert.Equal(1146, (await Assert.ThrowsAsync<MariaDbException>(() => second.ExecuteAsync($"SELECT * FROM {fixture.Server.Database}.mine"))).Number);
    }

    [Fact]
    public async Task A_used_connection_is_back_in_its_database()
    {
        await using var source = Source();
        await using (var first = await source.OpenConnectionAsync())
        {
            first.ChangeDatabase("mysql");
            Assert.Equal("mysql", first.Database);
        }

        await using var second = await source.OpenConnectionAsync();
        Assert.Equal(fixture.Server.Database, await second.ScalarAsync("SELECT DATABASE()"));
        Assert.Equal(fixture.Server.Database, second.Database);
    }

    [Fact]
    public async Task No_more_than_the_maximum_are_open_and_the_next_waits_its_turn()
    {
        await using var source = Source("Maximum Pool Size=2;Connection Timeout=30");
        var first = await source.OpenConnectionAsync();
        await using var second = await source.OpenConnectionAsync();
        var third = source.OpenConnectionAsync().AsTask();
        Assert.False(third.IsCompleted);
        var thread = first.ServerThread;
        await first.DisposeAsync();
        await using var got = await third;
        Assert.Equal(thread, got.ServerThread);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_exhausted_pool_says_so_after_the_connection_timeout(bool async)
    {
        await using var source = Source("Maximum Pool Size=1;Connection Timeout=1");
        await using var only = await source.OpenConnectionAsync();
        var error = async
            ? await Assert.ThrowsAsync<MariaDbException>(async () => await source.OpenConnectionAsync())
            : Assert.Throws<MariaDbException>(() => source.OpenConnection());
        Assert.Equal(MariaDbErrors.PoolExhausted, error.Number);
        Assert.True(error.IsTransient);
        using var cancel = new CancellationTokenSource();
        var waiting = source.OpenConnectionAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Idle_connections_are_closed_down_to_the_minimum()
    {
        await using var source = Source("Connection Idle Timeout=2;Minimum Pool Size=1");
        var open = new List<MariaDbConnection>();
        for (var i = 0; i < 4; i++) open.Add(await source.OpenConnectionAsync());
        foreach (var connection in open) await connection.DisposeAsync();
        Assert.Equal(4, source.IdleCount);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (source.IdleCount > 1) await Task.Delay(50, deadline.Token);
        await Task.Delay(TimeSpan.FromSeconds(3), deadline.Token);
        Assert.Equal(1, source.IdleCount);
    }

    [Fact]
    public async Task An_old_connection_is_not_pooled_again()
    {
        await using var source = Source("ConnectionLifeTime=1");
        var connection = await source.OpenConnectionAsync();
        await connection.ScalarAsync("SELECT SLEEP(1.1)");
        await connection.DisposeAsync();
        Assert.Equal(0, source.IdleCount);
    }

    [Fact]
    public async Task Clearing_closes_what_is_idle_and_later_what_was_in_use()
    {
        await using var source = Source();
        var used = await source.OpenConnectionAsync();
        await (await source.OpenConnectionAsync()).DisposeAsync();
        Assert.Equal(1, source.IdleCount);
        source.Clear();
        Assert.Equal(0, source.IdleCount);
        await used.DisposeAsync();
        Assert.Equal(0, source.IdleCount);
    }

    [Fact]
    public async Task Connections_of_one_string_share_a_pool()
    {
        var text = fixture.Server.ConnectionString + ";Application Name=sharing";
        int thread;
        await using (var first = new MariaDbConnection(text))
        {
            await first.OpenAsync();
            thread = first.ServerThread;
        }

        await using var second = new MariaDbConnection(text);
        second.Open();
        Assert.Equal(thread, second.ServerThread);
        MariaDbConnection.ClearPool(second);
    }

    [Fact]
    public async Task A_hundred_callers_at_once_are_served_by_a_few_connections()
    {
        await using var source = Source("Maximum Pool Size=4");
        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            await using var connection = await source.OpenConnectionAsync();
            return Convert.ToInt32(await connection.ScalarAsync("SELECT @i", ("@i", i)), null);
        }));
        Assert.Equal(Enumerable.Range(0, 100), results);
        Assert.InRange(source.IdleCount, 1, 4);
    }

    [Fact]
    public async Task The_state_tells_what_can_be_done()
    {
        await using var connection = fixture.Source.CreateConnection();
        var changes = new List<ConnectionState>();
        connection.StateChange += (_, change) => changes.Add(change.CurrentState);
        Assert.Throws<InvalidOperationException>(() => connection.CreateCommand().ExecuteScalar());
        await connection.OpenAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.OpenAsync());
        await connection.PingAsync();
        await connection.CloseAsync();
        await connection.CloseAsync();
        Assert.Equal([ConnectionState.Open, ConnectionState.Closed], changes);
    }

    private MariaDbDataSource Source(string keywords = "") => new($"{fixture.Server.ConnectionString};{keywords}");
}
