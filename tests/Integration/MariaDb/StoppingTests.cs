using System.Data;
using System.Diagnostics;
using Scheduler.MariaDb;
using Scheduler.Tests.TestKit.MariaDb;

namespace Scheduler.Tests.Integration.MariaDb;

/// <summary>The ways to stop a command: its token, its timeout, Cancel. Each leaves the connection usable.</summary>
[Collection(MariaDbCollection.Name)]
public sealed class StoppingTests(MariaDbFixture fixture)
{
    /// <summary>Far longer than a test may take: whoever waits for it to end by itself fails.</summary>
    private const string Endless = "SELECT SLEEP(600)";

    [Fact]
    public async Task A_token_stops_a_running_command_and_the_connection_goes_on()
    {
        await using var connection = await fixture.OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            await using var command = connection.Command(Endless);
            using var cancel = new CancellationTokenSource();
            var running = command.ExecuteScalarAsync(cancel.Token);
            await WaitUntilRunsAsync(connection.ServerThread);
            await cancel.CancelAsync();
            var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
            Assert.Equal(cancel.Token, error.CancellationToken);
            Assert.Equal(ConnectionState.Open, connection.State);
            Assert.Equal("alive", await connection.ScalarAsync("SELECT 'alive'"));
        }
    }

    [Fact]
    public async Task A_token_stops_every_asynchronous_way_to_execute()
    {
        await using var connection = await fixture.OpenAsync();
        Func<MariaDbCommand, CancellationToken, Task>[] ways =
        [
            (command, token) => command.ExecuteNonQueryAsync(token),
            (command, token) => command.ExecuteReaderAsync(token),
            (command, token) => command.ExecuteScalarAsync(token),
        ];
        foreach (var way in ways)
        {
            await using var command = connection.Command(Endless);
            using var cancel = new CancellationTokenSource();
            var running = way(command, cancel.Token);
            await WaitUntilRunsAsync(connection.ServerThread);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => way(command, cancel.Token));
        }

        Assert.Equal("alive", await connection.ScalarAsync("SELECT 'alive'"));
    }

    [Fact]
    public async Task A_token_stops_the_reading_of_rows()
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = connection.Command("SELECT seq, REPEAT('x', 1000) FROM seq_1_to_100000000");
        using var cancel = new CancellationTokenSource();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            for (var i = 0; i < 1000; i++) Assert.True(await reader.ReadAsync(cancel.Token));
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reader.ReadAsync(cancel.Token));
            command.Cancel();
        }

        Assert.Equal("alive", await connection.ScalarAsync("SELECT 'alive'"));
    }

    [Fact]
    public async Task Cancel_from_another_thread_interrupts_a_synchronous_command()
    {
        await using var connection = await fixture.OpenAsync();
        using var command = connection.Command(Endless);
        var thread = connection.ServerThread;
        var running = Task.Factory.StartNew(() => command.ExecuteScalar(), TaskCreationOptions.LongRunning);
        await WaitUntilRunsAsync(thread);
        command.Cancel();
        var error = await Assert.ThrowsAsync<MariaDbException>(() => running);
        Assert.Equal(MariaDbErrors.QueryInterrupted, error.Number);
        Assert.Equal("alive", await connection.ScalarAsync("SELECT 'alive'"));
        // Nothing runs now, so there is nothing to stop.
        command.Cancel();
        Assert.Equal("alive", await connection.ScalarAsync("SELECT 'alive'"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_command_that_takes_longer_than_its_timeout_is_interrupted(bool async)
    {
        await using var connection = await fixture.OpenAsync();
        await using var command = connection.Command(Endless);
        command.CommandTimeout = 1;
        var error = async
            ? await Assert.ThrowsAsync<MariaDbException>(() => command.ExecuteScalarAsync())
            : Assert.Throws<MariaDbException>(() => command.ExecuteScalar());
        Assert.Equal(MariaDbErrors.CommandTimeoutExpired, error.Number);
        Assert.True(error.IsTransient);
        Assert.Contains("1 s", error.Message, StringComparison.Ordinal);
        Assert.Equal("alive", await connection.ScalarAsync("SELECT 'alive'"));
    }

    [Fact]
    public async Task A_stop_that_comes_too_late_never_hits_the_next_command()
    {
        await using var connection = await fixture.OpenAsync();
        var random = new Random(42);
        var stopped = 0;
        for (var i = 0; i < 150; i++)
        {
            using var cancel = new CancellationTokenSource(TimeSpan.FromMicroseconds(random.Next(1500)));
            try
            {
                await using var command = connection.Command("SELECT 1");
                await command.ExecuteScalarAsync(cancel.Token);
            }
            catch (OperationCanceledException)
            {
                stopped++;
            }

            Assert.Equal(i, Convert.ToInt32(await connection.ScalarAsync($"SELECT {i}"), null));
        }

        Assert.InRange(stopped, 0, 150);
    }

    [Fact]
    public async Task Waiting_commands_hold_no_thread_of_the_pool()
    {
        await using var source = new MariaDbDataSource(fixture.Server.ConnectionString);
        var before = ThreadPool.ThreadCount;
        using var cancel = new CancellationTokenSource();
        var running = Enumerable.Range(0, 40).Select(_ => SleepAsync(source, cancel.Token)).ToArray();
        await using var observer = await fixture.OpenAsync();
        while (Convert.ToInt32(await observer.ScalarAsync("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(600)%'"), null) < 40)
            Assert.All(running, task => Assert.False(task.IsCompleted));
        // 40 blocked pool threads would have made it grow by about as many.
        Assert.InRange(ThreadPool.ThreadCount, 0, before + 20);
        await cancel.CancelAsync();
        foreach (var task in running) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
    }

    [Fact]
    public async Task A_server_that_hangs_cannot_hold_a_command_longer_than_the_timeouts()
    {
        await using var server = await MariaDbServer.StartNewAsync();
        await using var source = new MariaDbDataSource($"{server.ConnectionString};Cancellation Timeout=1;Connection Timeout=2");
        await using var connection = await source.OpenConnectionAsync();
        await (await source.OpenConnectionAsync()).DisposeAsync();
        await using var command = connection.Command("SELECT 1");
        using var cancel = new CancellationTokenSource();
        server.Pause();
        try
        {
            var clock = Stopwatch.StartNew();
            cancel.CancelAfter(TimeSpan.FromMilliseconds(100));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteScalarAsync(cancel.Token));
            Assert.Equal(ConnectionState.Broken, connection.State);

            // Neither does a pooled connection that has to be reset first.
            using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await source.OpenConnectionAsync(impatient.Token));
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        }
        finally
        {
            server.Resume();
        }

        await connection.CloseAsync();
        await connection.OpenAsync();
        Assert.Equal("alive", await connection.ScalarAsync("SELECT 'alive'"));
    }

    private static async Task SleepAsync(MariaDbDataSource source, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var command = connection.Command(Endless);
        await command.ExecuteScalarAsync(cancellationToken);
    }

    private async Task WaitUntilRunsAsync(int thread)
    {
        await using var observer = await fixture.OpenAsync();
        while (await observer.ScalarAsync("SELECT info FROM information_schema.processlist WHERE id = @id", ("@id", thread)) is not Endless)
        {
        }
    }
}
