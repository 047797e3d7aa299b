using System.Data;
using System.Net;
using System.Net.Sockets;
using Scheduler.MariaDb;
using Scheduler.Tests.TestKit.MariaDb;

namespace Scheduler.Tests.Integration.MariaDb;

public sealed class LostConnectionTests : IAsyncLifetime
{
    private MariaDbServer _server = null!;
    private MariaDbDataSource _source = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await MariaDbServer.StartNewAsync();
        _source = new MariaDbDataSource($"{_server.ConnectionString};Connection Timeout=5");
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_server_that_dies_under_a_command_is_a_transient_error_and_the_pool_recovers()
    {
        await using var connection = await _source.OpenConnectionAsync();
        // A second one idles in the pool and is just as dead afterwards.
        await (await _source.OpenConnectionAsync()).DisposeAsync();
        await connection.ExecuteAsync("CREATE TABLE kept (id INT PRIMARY KEY); INSERT INTO kept VALUES (1)");
        await using var command = connection.Command("SELECT SLEEP(600)");
        var running = command.ExecuteScalarAsync();
        await _server.KillAsync();
        var error = await Assert.ThrowsAsync<MariaDbException>(() => running);
        Assert.True(error.IsTransient);
        Assert.Equal(MariaDbErrors.ServerLost, error.Number);
        Assert.Equal(ConnectionState.Broken, connection.State);
        Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => connection.ScalarAsync("SELECT 1"))).IsTransient);

        await using (var refused = _source.CreateConnection())
            Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => refused.OpenAsync())).IsTransient);

        await _server.StartAsync();
        await connection.CloseAsync();
        await connection.OpenAsync();
        Assert.Equal(1, Convert.ToInt32(await connection.ScalarAsync("SELECT COUNT(*) FROM kept"), null));
    }

    [Fact]
    public async Task Rows_that_break_off_are_an_error_and_not_an_end()
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var command = connection.Command("SELECT seq, REPEAT('x', 1000) FROM seq_1_to_100000000");
        await using var reader = await command.ExecuteReaderAsync();
        for (var i = 0; i < 1000; i++) Assert.True(await reader.ReadAsync());
        await _server.KillAsync();
        var error = await Assert.ThrowsAsync<MariaDbException>(async () =>
        {
            while (await reader.ReadAsync())
            {
            }
        });
        Assert.True(error.IsTransient);
        Assert.Equal(ConnectionState.Broken, connection.State);
    }

    [Fact]
    public async Task A_killed_connection_is_not_pooled_again()
    {
        var connection = await _source.OpenConnectionAsync();
        var killed = connection.ServerThread;
        await using (var other = await _source.OpenConnectionAsync())
        {
            await other.ExecuteAsync($"KILL CONNECTION {killed}");
            Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => connection.ScalarAsync("SELECT 1"))).IsTransient);
        }

        await connection.DisposeAsync();
        Assert.Equal(1, _source.IdleCount);
        await using var next = await _source.OpenConnectionAsync();
        Assert.NotEqual(killed, next.ServerThread);
        Assert.Equal("alive", await next.ScalarAsync("SELECT 'alive'"));
    }

    [Fact]
    public async Task Giving_up_a_lost_connection_never_touches_a_new_one_on_the_same_descriptor()
    {
        await using var killer = await _source.OpenConnectionAsync();
        for (var i = 0; i < 20; i++)
        {
            var lost = await _source.OpenConnectionAsync();
            await killer.ExecuteAsync($"KILL CONNECTION {lost.ServerThread}");
            await Assert.ThrowsAsync<MariaDbException>(() => lost.ScalarAsync("SELECT 1"));
            // The library has closed its descriptor; whoever opens next gets the number.
            await using var next = new MariaDbConnection($"{_server.ConnectionString};Pooling=false");
            await next.OpenAsync();
            await lost.DisposeAsync();
            Assert.Equal("alive", await next.ScalarAsync("SELECT 'alive'"));
        }
    }

    [Fact]
    public async Task A_closed_connection_leaves_no_descriptor_behind()
    {
        var text = $"{_server.ConnectionString};Pooling=false";
        await using (var first = new MariaDbConnection(text)) await first.OpenAsync();
        await using var observer = await _source.OpenConnectionAsync();
        for (var i = 0; i < 50; i++)
        {
            await using var connection = new MariaDbConnection(text);
            await connection.OpenAsync();
        }

        // The server sees a connection end only when the last descriptor of it is closed. It may take a moment to notice.
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Convert.ToInt32(await observer.ScalarAsync("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'scheduler'"), null) > 1)
            deadline.Token.ThrowIfCancellationRequested();
    }

    [Fact]
    public async Task A_transaction_lost_with_its_connection_is_disposed_of_quietly()
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var other = await _source.OpenConnectionAsync();
            await other.ExecuteAsync($"KILL CONNECTION {connection.ServerThread}");
            Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => transaction.CommitAsync())).IsTransient);
        }

        await connection.CloseAsync();
        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    [Fact]
    public async Task A_stopped_server_says_so_transiently()
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var command = connection.Command("SELECT SLEEP(600)");
        var running = command.ExecuteScalarAsync();
        await _server.StopAsync();
        Assert.True((await Assert.ThrowsAsync<MariaDbException>(() => running)).IsTransient);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_host_that_accepts_and_says_nothing_is_given_up_after_the_connection_timeout(bool async)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        await using var connection = new MariaDbConnection($"Server=127.0.0.1;Port={port};User ID=x;Connection Timeout=1;SslMode=None;Pooling=false");
        var error = async
            ? await Assert.ThrowsAsync<MariaDbException>(() => connection.OpenAsync())
            : Assert.Throws<MariaDbException>(connection.Open);
        Assert.True(error.IsTransient);
        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    [Fact]
    public async Task Who_gives_up_opening_is_let_go_at_once_and_the_slot_comes_back()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        await using var source = new MariaDbDataSource($"Server=127.0.0.1;Port={port};User ID=x;Connection Timeout=3;SslMode=None;Maximum Pool Size=1");
        using var cancel = new CancellationTokenSource();
        await using var connection = source.CreateConnection();
        var opening = connection.OpenAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        // The pool's only slot is free again when the abandoned attempt has ended: this one fails at the host, not at the pool.
        var second = await Assert.ThrowsAsync<MariaDbException>(() => connection.OpenAsync());
        var third = await Assert.ThrowsAsync<MariaDbException>(() => connection.OpenAsync());
        Assert.Equal(MariaDbErrors.ServerLost, third.Number);
        Assert.Contains(second.Number, new[] { MariaDbErrors.ServerLost, MariaDbErrors.PoolExhausted });
    }
}
