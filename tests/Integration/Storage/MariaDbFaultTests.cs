using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.MySql;
using Scheduler.Bbs.Storage.Sql;
using Scheduler.Contracts.V1;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.MariaDb;
using Scheduler.Tests.TestKit.Storage;

namespace Scheduler.Tests.Integration.Storage;

/// <summary>Faults between the store and a server: broken connections, hanging servers, cancelled calls.</summary>
public sealed class MariaDbFaultTests(MariaDbFaultTests.SharedServer shared) : IClassFixture<MariaDbFaultTests.SharedServer>, IAsyncLifetime
{
    private const int Large = 16 << 20;
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(15);

    // Limit for waits that would never end with a bug; nothing here takes as long.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly MySqlDialect _dialect = new(new MySqlStoreOptions { ConnectionString = "Database=scheduler" });
    private readonly MariaDbServer _server = shared.Server;
    private readonly TcpRelay _relay = new(shared.Server.Port);
    private readonly string _database = shared.NextDatabase();

    /// <summary>Connection string of this test's database.</summary>
    private string Connection => $"{_server.ConnectionString};Database={_database}";

    public async ValueTask InitializeAsync()
    {
        // The previous test may have left the server stopped or paused.
        if (!_server.IsRunning)
            await _server.StartAsync();
        if (_server.IsPaused)
            _server.Resume();
        await SqlAsync($"CREATE DATABASE {_database}", asRoot: true, database: "mysql");
    }

    public async ValueTask DisposeAsync() => await _relay.DisposeAsync();

    [Theory]
    [InlineData(RelayAction.CutBefore, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData(RelayAction.CutAfter)]
    public async Task A_commit_whose_answer_is_lost_is_of_unknown_outcome_and_the_next_term_knows_it(RelayAction action)
    {
        await using var store = Open(Relayed());
        var epoch = await LeadAsync(store);
        await store.CommitAsync(Domain(epoch, 1), default);

        CutAt("COMMIT", action);
        var error = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Domain(epoch, 2), default));
        Assert.True(error.OutcomeUnknown, error.Message);

        // The node starts over with a new term, in which transactions of the old one can no longer commit.
        _relay.Judge = _ => RelayAction.Pass;
        epoch = await LeadAsync(store);
        var found = (await RecordingReader.LoadAsync(store)).Revision;
        Assert.Equal(action == RelayAction.CutAfter ? 2ul : 1ul, found);
        await store.CommitAsync(Domain(epoch, found + 1), default);
        Assert.Equal(found + 1, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Theory]
    [InlineData("START TRANSACTION", RelayAction.CutBefore)]
    [InlineData("START TRANSACTION", RelayAction.CutAfter, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("REPLACE INTO domains", RelayAction.CutAfter)] // its preparation
    [InlineData("apps-2", RelayAction.CutBefore)] // its rows
    [InlineData("apps-2", RelayAction.CutAfter, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("UPDATE bbs_epoch", RelayAction.CutAfter)]
    public async Task A_connection_lost_before_that_has_written_nothing(string sent, RelayAction action)
    {
        await using var store = Open(Relayed());
        var epoch = await LeadAsync(store);
        if (sent != "REPLACE INTO domains")
            await store.CommitAsync(Domain(epoch, 1), default);
        CutAt(sent, action);
        var error = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Domain(epoch, 2), default));
        Assert.False(error.OutcomeUnknown, error.Message);
        _relay.Judge = _ => RelayAction.Pass;
        Assert.NotEqual(2ul, (await RecordingReader.LoadAsync(store)).Revision);
        await store.CommitAsync(Domain(epoch, 3), default);
        Assert.Equal(3ul, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Fact]
    public async Task Rows_that_break_off_are_an_error_and_not_an_end()
    {
        await using var store = Open(Relayed());
        var epoch = await LeadAsync(store);
        await CommitMegabytesAsync(store, epoch, 16);
        var reader = new OnFirstRow(() => _relay.DisposeAsync().AsTask().Wait(Patience));
        Assert.StartsWith(
            "cannot load",
            (await Assert.ThrowsAsync<StoreException>(() => store.LoadAsync(reader, default).WaitAsync(Patience))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Rows_are_handed_over_as_they_arrive()
    {
        await using var store = Open(Relayed());
        var epoch = await LeadAsync(store);
        await CommitMegabytesAsync(store, epoch, 64);
        var before = _relay.BytesToClients;
        long atFirstRow = 0;
        await store.LoadAsync(new OnFirstRow(() => atFirstRow = _relay.BytesToClients - before), default);
        Assert.InRange(atFirstRow, 1, 32L << 20);
        Assert.InRange(_relay.BytesToClients - before, 64L << 20, long.MaxValue);
    }

    [Fact]
    public async Task A_load_that_is_given_up_in_the_middle_does_not_read_the_rest()
    {
        await using var store = Open(Relayed());
        var epoch = await LeadAsync(store);
        await CommitMegabytesAsync(store, epoch, 64);
        var before = _relay.BytesToClients;
        using var giveUp = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            store.LoadAsync(new OnFirstRow(giveUp.Cancel), giveUp.Token).WaitAsync(Patience)
        );
        await ConnectionsAsync("scheduler", 2);
        Assert.InRange(_relay.BytesToClients - before, 1, 48L << 20);
        Assert.Equal(64, (await RecordingReader.LoadAsync(store)).DesiredLrps.Count);
    }

    [Fact]
    public async Task A_payload_of_16_MB_comes_back_and_needs_no_more_room_than_its_bytes()
    {
        await using var store = Open(Connection);
        var epoch = await LeadAsync(store);
        // Every byte that a literal would have to escape, and four-byte characters.
        var text = new StringBuilder(Large / 2);
        while (text.Length < (Large / 2) - 16)
            text.Append("'\\\"\0\n\u001a%😀𐍈");
        var padded = text.Append('x', Large - Encoding.UTF8.GetByteCount(text.ToString())).ToString();
        var large = new DesiredLRP { ProcessGuid = "large", Annotation = padded };
        var batch = new CommitBatch
        {
            Epoch = epoch,
            Revision = 1,
            DesiredLrps = new([large, new DesiredLRP { ProcessGuid = "small" }], []),
        };
        await store.CommitAsync(batch, default);
        await store.CommitAsync(batch, default);
        var loaded = await RecordingReader.LoadAsync(store);
        Assert.Equal(["large", "small"], loaded.DesiredLrps.Select(row => row.ProcessGuid));
        Assert.Equal(Large, Encoding.UTF8.GetByteCount(loaded.DesiredLrps[0].Annotation));
        Assert.True(padded == loaded.DesiredLrps[0].Annotation);
    }

    [Fact]
    public async Task Who_gives_up_a_commit_that_waits_for_a_lock_is_let_go_and_nothing_is_written()
    {
        await using var store = Open(Connection, lockWait: TimeSpan.FromMinutes(10));
        var epoch = await LeadAsync(store);
        await store.CommitAsync(Domain(epoch, 1), default);
        await using var source = MySqlBbsStore.CreateDataSource(new MySqlStoreOptions { ConnectionString = Connection });
        await using (var holder = await SqlSession.OpenAsync(source, TimeProvider.System, default))
        {
            await holder.ExecuteAsync("START TRANSACTION", default);
            await holder.RowAsync("SELECT epoch FROM bbs_epoch WHERE id = 1 FOR UPDATE", default);
            using var giveUp = new CancellationTokenSource();
            var commit = store.CommitAsync(Domain(epoch, 2), giveUp.Token);
            await TransactionsAsync("trx_state = 'LOCK WAIT'", 1);
            await giveUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => commit.WaitAsync(Patience));
            await holder.RollbackAsync();
        }

        Assert.Equal(1ul, (await RecordingReader.LoadAsync(store)).Revision);
        await store.CommitAsync(Domain(epoch, 2), default);
        Assert.Equal(2ul, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Theory]
    [InlineData("acquire")]
    [InlineData("renew")]
    [InlineData("load")]
    [InlineData("commit")]
    [InlineData("large commit")] // more than the socket buffers hold: it hangs while it is sent
    [InlineData("first connection")]
    public async Task A_server_that_hangs_holds_nobody_who_gives_up(string what)
    {
        await using var store = Open(Connection);
        var epoch = await LeadAsync(store);
        await store.CommitAsync(Domain(epoch, 1), default);
        await using var fresh = Open(Connection);
        using var giveUp = new CancellationTokenSource();
        var faulty = new FaultyDataSource(MySqlBbsStore.CreateDataSource(new MySqlStoreOptions { ConnectionString = Connection }));
        var paused = PauseAt(faulty, "REPLACE");
        await using var sending = new SqlBbsStore(faulty, _dialect, StorageKeys.None, TimeProvider.System, NullLogger.Instance);

        if (what != "large commit")
            _server.Pause();
        Task call = what switch
        {
            "acquire" => store.AcquireLeadershipAsync("node-a", "", Ttl, giveUp.Token),
            "renew" => store.RenewLeadershipAsync(epoch, Ttl, giveUp.Token),
            "load" => RecordingReader.LoadAsync(store, giveUp.Token),
            "commit" => store.CommitAsync(Domain(epoch, 2), giveUp.Token),
            "large commit" => sending.CommitAsync(LargeBatch(epoch, 2), giveUp.Token),
            _ => fresh.RenewLeadershipAsync(epoch, Ttl, giveUp.Token),
        };
        if (what == "large commit")
            await paused.WaitAsync(Patience);
        Assert.False(call.IsCompleted);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience));

        faulty.Heal();
        _server.Resume();
        // The server must first notice that the client of the abandoned transaction is gone.
        await TransactionsAsync("trx_rows_locked > 0", 0);
        await store.RenewLeadershipAsync(epoch, Ttl, default);
        Assert.Equal(1ul, (await RecordingReader.LoadAsync(store)).Revision);
        await store.CommitAsync(Domain(epoch, 2), default);
        await sending.CommitAsync(Domain(epoch, 3), default);
        Assert.Equal(3ul, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Theory]
    [InlineData("START TRANSACTION", false, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("REPLACE INTO domains", false, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("COMMIT", true)]
    public async Task A_server_that_hangs_under_a_commit_ends_it_after_the_timeout(string at, bool outcomeUnknown)
    {
        var impatient = Connection + ";Default Command Timeout=1;Cancellation Timeout=1;Connection Timeout=1";
        var faulty = new FaultyDataSource(MySqlBbsStore.CreateDataSource(new MySqlStoreOptions { ConnectionString = impatient }));
        await using var store = new SqlBbsStore(faulty, _dialect, StorageKeys.None, TimeProvider.System, NullLogger.Instance);
        var epoch = await LeadAsync(store);
        await store.CommitAsync(Domain(epoch, 1), default);
        _ = PauseAt(faulty, at);
        var error = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Domain(epoch, 2), default).WaitAsync(Patience));
        Assert.Equal(outcomeUnknown, error.OutcomeUnknown);
        faulty.Heal();
        _server.Resume();
        // The commit may still be in flight: only a new term settles its outcome.
        epoch = await LeadAsync(store);
        var found = (await RecordingReader.LoadAsync(store)).Revision;
        Assert.InRange(found, 1ul, outcomeUnknown ? 2ul : 1ul);
        await store.CommitAsync(Domain(epoch, found + 1), default);
        Assert.Equal(found + 1, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Fact]
    public async Task A_server_that_does_not_take_a_statement_in_ends_it_after_the_timeout()
    {
        // The provider's timeouts cover only its reads; this one is the store's own, on the store's clock.
        var time = new FakeTimeProvider();
        var faulty = new FaultyDataSource(MySqlBbsStore.CreateDataSource(new MySqlStoreOptions { ConnectionString = Connection }));
        await using var store = new SqlBbsStore(faulty, _dialect, StorageKeys.None, time, NullLogger.Instance);
        var epoch = await LeadAsync(store);
        var paused = PauseAt(faulty, "REPLACE INTO desired_lrps");
        var commit = store.CommitAsync(LargeBatch(epoch, 1), default);
        await paused.WaitAsync(Patience);
        await UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(10));
            return Task.FromResult(commit.IsCompleted);
        });
        var error = await Assert.ThrowsAsync<StoreException>(() => commit);
        Assert.False(error.OutcomeUnknown);
        faulty.Heal();
        _server.Resume();
        var again = store.CommitAsync(LargeBatch(epoch, 1), default);
        await UntilAsync(() =>
        {
            // A statement received late by the server may hold a lock until its connection ends; the commit is then retried, on the same
            // clock.
            time.Advance(TimeSpan.FromMilliseconds(50));
            return Task.FromResult(again.IsCompleted);
        });
        await again;
        Assert.Equal(1ul, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Fact]
    public async Task A_killed_connection_is_replaced_by_the_next_call()
    {
        await using var store = Open(Connection);
        var epoch = await LeadAsync(store);
        await store.CommitAsync(Domain(epoch, 1), default);
        await SqlAsync("KILL USER scheduler", asRoot: true);
        Assert.False((await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Domain(epoch, 2), default))).OutcomeUnknown);
        await Assert.ThrowsAsync<StoreException>(() => store.RenewLeadershipAsync(epoch, Ttl, default));
        await store.RenewLeadershipAsync(epoch, Ttl, default);
        await store.CommitAsync(Domain(epoch, 2), default);
        Assert.Equal(2ul, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Fact]
    public async Task A_server_that_is_stopped_and_started_again_keeps_what_was_committed()
    {
        await using var store = Open(Connection);
        var epoch = await LeadAsync(store);
        await store.CommitAsync(Domain(epoch, 1), default);
        await _server.StopAsync();
        Assert.False((await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Domain(epoch, 2), default))).OutcomeUnknown);
        var refused = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Domain(epoch, 2), default));
        Assert.Contains($"cannot connect to 127.0.0.1:{_server.Port} ", refused.Message, StringComparison.Ordinal);
        await _server.StartAsync();
        await store.CommitAsync(Domain(epoch, 2), default);
        Assert.Equal(2ul, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Fact]
    public async Task A_store_holds_two_connections_and_a_third_while_it_loads()
    {
        await SqlAsync("CREATE USER 'few'@'%' IDENTIFIED BY 'few' WITH MAX_USER_CONNECTIONS 3");
        await SqlAsync($"GRANT ALL PRIVILEGES ON {_database}.* TO 'few'@'%'");
        await using (var store = Open(Connection + ";User ID=few;Password=few;Maximum Pool Size=50"))
        {
            var epoch = await LeadAsync(store);
            await ConnectionsAsync("few", 2);
            for (var revision = 1ul; revision <= 10; revision++)
            {
                await Task.WhenAll(
                    store.CommitAsync(Domain(epoch, revision), default),
                    store.RenewLeadershipAsync(epoch, Ttl, default),
                    RecordingReader.LoadAsync(store)
                );
                await ConnectionsAsync("few", 2);
            }
        }

        await ConnectionsAsync("few", 0);
    }

    [Fact]
    public async Task Wrong_credentials_databases_and_hosts_are_told_apart_and_no_password_is_told()
    {
        Assert.Contains("rejected the user", await RefusedAsync("Password=s3cr3t-wrong"), StringComparison.Ordinal);
        Assert.Contains("database does not exist", await RefusedAsync("Database=absent"), StringComparison.Ordinal);
        Assert.Contains("cannot connect to 127.0.0.1:1 ", await RefusedAsync("Port=1"), StringComparison.Ordinal);

        async Task<string> RefusedAsync(string keywords)
        {
            await using var store = Open($"{Connection};{keywords}");
            var error = await Assert.ThrowsAsync<StoreException>(() => store.AcquireLeadershipAsync("node-a", "", Ttl, default));
            Assert.DoesNotContain("s3cr3t", error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(_server.Password, error.ToString(), StringComparison.Ordinal);
            return error.Message;
        }
    }

    [Fact]
    public async Task An_error_of_the_server_tells_no_values()
    {
        await using var store = Open(Connection);
        var epoch = await LeadAsync(store);
        var secret = new CommitBatch
        {
            Epoch = epoch,
            Revision = 1,
            DesiredLrps = new([new DesiredLRP { ProcessGuid = "web", ImagePassword = "hunter2" }], []),
        };
        foreach (
            var damage in new[]
            {
                "ALTER TABLE desired_lrps MODIFY payload VARBINARY(3) NOT NULL",
                "ALTER TABLE desired_lrps MODIFY payload INT NOT NULL",
                "ALTER TABLE desired_lrps DROP COLUMN payload",
                "DROP TABLE desired_lrps",
            }
        )
        {
            await SqlAsync(damage);
            var error = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(secret, default));
            Assert.False(error.OutcomeUnknown);
            Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_unix_socket_serves_as_well()
    {
        await using var store = Open($"{Connection};Server={_server.UnixSocket}");
        Assert.NotEqual(0, await LeadAsync(store));
    }

    private static IBbsStore Open(string connectionString, TimeSpan? lockWait = null) =>
        MySqlBbsStore.Open(
            new MySqlStoreOptions { ConnectionString = connectionString, LockWait = lockWait ?? TimeSpan.FromSeconds(2) },
            StorageKeys.None,
            TimeProvider.System,
            NullLogger.Instance
        );

    private static async Task<long> LeadAsync(IBbsStore store)
    {
        var attempt = await store.AcquireLeadershipAsync("node-a", "", TimeSpan.FromHours(1), default);
        Assert.True(attempt.Acquired);
        await store.MigrateAsync(attempt.Epoch, default);
        return attempt.Epoch;
    }

    private static CommitBatch Domain(long epoch, ulong revision) =>
        new()
        {
            Epoch = epoch,
            Revision = revision,
            Domains = new([new DomainRow($"apps-{revision}", 1)], []),
        };

    private static CommitBatch LargeBatch(long epoch, ulong revision) =>
        new()
        {
            Epoch = epoch,
            Revision = revision,
            DesiredLrps = new([new DesiredLRP { ProcessGuid = "large", Annotation = new string('x', Large) }], []),
        };

    private static async Task CommitMegabytesAsync(IBbsStore store, long epoch, int megabytes)
    {
        for (var i = 0; i < megabytes; i += 8)
        {
            var rows = Enumerable
                .Range(i, 8)
                .Select(number => new DesiredLRP { ProcessGuid = $"web-{number:d4}", Annotation = new string('x', 1 << 20) })
                .ToList();
            await store.CommitAsync(
                new CommitBatch
                {
                    Epoch = epoch,
                    Revision = (ulong)i + 1,
                    DesiredLrps = new(rows, []),
                },
                default
            );
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, int intervalMilliseconds = 10)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(intervalMilliseconds), deadline.Token);
    }

    private string Relayed() => $"{Connection};Port={_relay.Port}";

    private void CutAt(string sent, RelayAction action)
    {
        var bytes = Encoding.UTF8.GetBytes(sent);
        _relay.Judge = chunk => chunk.Span.IndexOf(bytes) >= 0 ? action : RelayAction.Pass;
    }

    /// <summary>
    /// Pauses the server before each such command. The task ends when the first pause is complete: a server resumed earlier would leave
    /// the pausing thread waiting for it to stop.
    /// </summary>
    private Task PauseAt(FaultyDataSource source, string command)
    {
        var paused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.Before = text =>
        {
            if (text.StartsWith(command, StringComparison.Ordinal))
            {
                _server.Pause();
                paused.TrySetResult();
            }

            return Task.CompletedTask;
        };
        return paused.Task;
    }

    private Task ConnectionsAsync(string user, int count) =>
        UntilAsync(async () =>
            await CountAsync($"information_schema.processlist WHERE user = '{user}' AND id <> CONNECTION_ID()") == count
        );

    // InnoDB answers from a copy of the table, which it renews only if nobody has read it for 100 ms.
    private Task TransactionsAsync(string where, int count) =>
        UntilAsync(async () => await CountAsync($"information_schema.innodb_trx WHERE {where}") == count, intervalMilliseconds: 150);

    private async Task<long> CountAsync(string what) => Convert.ToInt64(await SqlAsync($"SELECT COUNT(*) FROM {what}", asRoot: true), null);

    /// <summary>Runs a statement directly, bypassing the store.</summary>
    private async Task<object?> SqlAsync(string sql, bool asRoot = false, string? database = null)
    {
        var login = asRoot ? $";Server={_server.UnixSocket};Protocol=Unix;User ID=root;Password=" : "";
        login += $";Database={database ?? _database}";
        await using var source = MySqlBbsStore.CreateDataSource(new MySqlStoreOptions { ConnectionString = Connection + login });
        await using var connection = await source.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    /// <summary>One server for all of these tests, each with its own database. It accepts little more than a payload of 16 MB.</summary>
    public sealed class SharedServer : IAsyncLifetime
    {
        private int _databases;

        public MariaDbServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Server = await MariaDbServer.StartNewAsync(new MariaDbServerOptions { MaxAllowedPacketMb = 17 });

        public async ValueTask DisposeAsync() => await Server.DisposeAsync();

        public string NextDatabase() => $"fault_{Interlocked.Increment(ref _databases)}";
    }

    private sealed class OnFirstRow(Action act) : IStateReader
    {
        private bool _done;

        public void DesiredLrp(DesiredLRP row)
        {
            if (!_done)
                act();
            _done = true;
        }

        public void ActualLrp(ActualLRP row) { }

        public void Task(OneOffTask row) { }

        public void Domain(DomainRow row) { }

        public void Cell(CellRow row) { }

        public void AbsentCell(AbsentCell row) { }

        public void CellLoss(CellLoss row) { }

        public void Lock(LockRow row) { }
    }
}
