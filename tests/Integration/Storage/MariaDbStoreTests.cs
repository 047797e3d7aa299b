using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.MySql;
using Scheduler.Bbs.Storage.Sql;
using Scheduler.Tests.TestKit.MariaDb;
using Scheduler.Tests.TestKit.Storage;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Storage;

/// <summary>One server for all tests of the store; each test has its own database.</summary>
public sealed class MariaDbStoreServer : IAsyncLifetime
{
    private int _databases;

    public MariaDbServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await MariaDbServer.StartNewAsync();

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    public string NextDatabase() => $"store_{Interlocked.Increment(ref _databases)}";
}

public sealed class MariaDbStoreTests(MariaDbStoreServer fixture) : SqlStoreConformance, IClassFixture<MariaDbStoreServer>
{
    private string _database = "";

    protected override TimeProvider Time => TimeProvider.System;

    private MySqlStoreOptions Options =>
        new() { ConnectionString = $"{fixture.Server.ConnectionString};Database={_database}", LockWait = TimeSpan.FromSeconds(1) };

    public override async ValueTask InitializeAsync() => await ResetDatabaseAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (fixture.Server.IsRunning)
            await SqlAsync($"DROP DATABASE {_database}");
    }

    protected override DbDataSource CreateDataSource() => MySqlBbsStore.CreateDataSource(Options);

    private protected override SqlDialect CreateDialect(IReadOnlyList<Migration>? migrations = null) =>
        new MySqlDialect(Options, migrations);

    protected override DbException Conflict() => new ServerError(1213, "Deadlock found when trying to get lock");

    protected override async Task ResetDatabaseAsync()
    {
        _database = "mysql";
        var next = fixture.NextDatabase();
        await SqlAsync($"CREATE DATABASE {next} CHARACTER SET latin1");
        _database = next;
    }

    protected override async Task LetTermRunOutAsync() =>
        await SqlAsync($"UPDATE bbs_lease SET expires_at = expires_at - {Ttl.Ticks * 100}");

    [Fact]
    public async Task A_renewal_passes_while_a_commit_runs()
    {
        var (_, epoch) = await LeadAsync();
        var faulty = new FaultyDataSource(CreateDataSource());
        await using var store = Open(faulty, StorageKeys.None);
        var (reached, goOn) = HoldAt(faulty, "COMMIT");
        var commit = store.CommitAsync(Everything(epoch, 1), default);
        await reached.WaitAsync(Wait.Patience);
        await store.RenewLeadershipAsync(epoch, Ttl, default).WaitAsync(Wait.Patience);
        goOn.SetResult();
        await commit;
    }

    [Fact]
    public async Task A_writer_that_was_stopped_in_a_commit_never_writes()
    {
        var (_, epoch) = await LeadAsync("node-a");
        var faulty = new FaultyDataSource(CreateDataSource());
        await using var old = Open(faulty, StorageKeys.None);
        await old.CommitAsync(Everything(epoch, 1), default);
        var (reached, goOn) = HoldAt(faulty, "COMMIT");
        var commit = old.CommitAsync(Everything(epoch, 2), default);
        await reached.WaitAsync(Wait.Patience);

        // Its term expires between its last statement and COMMIT, while it holds the lock on the epoch.
        await LetTermRunOutAsync();
        var (store, newEpoch) = await LeadAsync("node-b");
        Assert.Equal(1ul, (await RecordingReader.LoadAsync(store)).Revision);
        await store.CommitAsync(Everything(newEpoch, 3), default);

        goOn.SetResult();
        await Assert.ThrowsAsync<StoreException>(() => commit);
        faulty.Heal();
        await Assert.ThrowsAsync<LeadershipLostException>(() => old.CommitAsync(Everything(epoch, 2), default));
        Assert.Equal(3ul, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Fact]
    public async Task A_new_term_waits_for_a_commit_that_is_only_slow()
    {
        var (_, epoch) = await LeadAsync("node-a");
        var faulty = new FaultyDataSource(CreateDataSource());
        await using var old = Open(faulty, StorageKeys.None);
        var (reached, goOn) = HoldAt(faulty, "COMMIT");
        var commit = old.CommitAsync(Everything(epoch, 2), default);
        await reached.WaitAsync(Wait.Patience);
        await LetTermRunOutAsync();
        var waiting = FaultyAcquire(out var lockAsked);
        await lockAsked.WaitAsync(Wait.Patience);
        goOn.SetResult();
        await commit;
        Assert.True((await waiting).Acquired);
        Assert.Equal(2ul, (await RecordingReader.LoadAsync(Open())).Revision);
    }

    [Fact]
    public async Task A_lost_server_is_told_and_found_again()
    {
        await using var server = await MariaDbServer.StartNewAsync();
        await using var store = MySqlBbsStore.Open(
            new MySqlStoreOptions { ConnectionString = server.ConnectionString },
            StorageKeys.None,
            TimeProvider.System,
            NullLogger.Instance
        );
        var epoch = (await store.AcquireLeadershipAsync("node-a", "", Ttl, default)).Epoch;
        await store.MigrateAsync(epoch, default);
        await store.CommitAsync(Everything(epoch, 1), default);
        await server.KillAsync();
        Assert.False((await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Everything(epoch, 2), default))).OutcomeUnknown);
        await Assert.ThrowsAsync<StoreException>(() => store.RenewLeadershipAsync(epoch, Ttl, default));
        await Assert.ThrowsAsync<StoreException>(() => RecordingReader.LoadAsync(store));
        await server.StartAsync();
        await store.RenewLeadershipAsync(epoch, Ttl, default);
        await store.CommitAsync(Everything(epoch, 2), default);
        Assert.Equal(2ul, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Fact]
    public async Task A_read_only_server_is_told()
    {
        await using var server = await MariaDbServer.StartNewAsync(
            new MariaDbServerOptions
            {
                InitStatements =
                [
                    "CREATE USER IF NOT EXISTS 'reader'@'%' IDENTIFIED BY 'reader';",
                    "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP ON scheduler.* TO 'reader'@'%';",
                    "SET GLOBAL read_only = 1;",
                ],
            }
        );
        await using var store = MySqlBbsStore.Open(
            new MySqlStoreOptions { ConnectionString = $"{server.ConnectionString};User ID=reader;Password=reader" },
            StorageKeys.None,
            TimeProvider.System,
            NullLogger.Instance
        );
        var error = await Assert.ThrowsAsync<StoreException>(() => store.AcquireLeadershipAsync("node-a", "", Ttl, default));
        Assert.Contains("read-only", error.Message);
    }

    [Fact]
    public async Task A_row_larger_than_the_server_takes_is_told()
    {
        await using var server = await MariaDbServer.StartNewAsync(new MariaDbServerOptions { MaxAllowedPacketMb = 1 });
        await using var store = MySqlBbsStore.Open(
            new MySqlStoreOptions { ConnectionString = server.ConnectionString },
            StorageKeys.None,
            TimeProvider.System,
            NullLogger.Instance
        );
        var epoch = (await store.AcquireLeadershipAsync("node-a", "", Ttl, default)).Epoch;
        await store.MigrateAsync(epoch, default);
        var large = new CommitBatch
        {
            Epoch = epoch,
            Revision = 1,
            DesiredLrps = new([new Contracts.V1.DesiredLRP { ProcessGuid = "large", Annotation = new string('x', 2 << 20) }], []),
        };
        Assert.Contains("max_allowed_packet", (await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(large, default))).Message);

        // Many rows, too large for one statement together, are split over several statements.
        var many = Enumerable
            .Range(0, 100)
            .Select(i => new Contracts.V1.DesiredLRP { ProcessGuid = $"web-{i}", Annotation = new string('x', 50_000) })
            .ToList();
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 1,
                DesiredLrps = new(many, []),
            },
            default
        );
        Assert.Equal(100, (await RecordingReader.LoadAsync(store)).DesiredLrps.Count);
    }

    [Fact]
    public async Task Deletes_look_rows_up_by_their_key()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(Batch(epoch, 1, [.. Enumerable.Range(0, 2000).Select(i => Row("web", i, "RUNNING"))]), default);
        var keys = string.Join(
            " OR ",
            Enumerable.Range(0, 250).Select(i => $"(process_guid = 'web' AND instance_index = {i * 2} AND presence = 0)")
        );
        await using var source = CreateDataSource();
        await using var connection = await source.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"EXPLAIN DELETE FROM actual_lrps WHERE {keys}";
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal("range", reader["type"]);
    }

    private Task<LeadershipAttempt> FaultyAcquire(out Task lockAsked)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lockAsked = asked.Task;
        var faulty = new FaultyDataSource(CreateDataSource())
        {
            Before = text =>
            {
                if (text.Contains("FROM bbs_epoch", StringComparison.Ordinal) && text.EndsWith("FOR UPDATE", StringComparison.Ordinal))
                    asked.TrySetResult();
                return Task.CompletedTask;
            },
        };
        var store = Open(faulty, StorageKeys.None);
        return AcquireAndCloseAsync(store);

        static async Task<LeadershipAttempt> AcquireAndCloseAsync(SqlBbsStore store)
        {
            await using (store)
                return await store.AcquireLeadershipAsync("node-b", "", Ttl, default);
        }
    }

    private static (Task Reached, TaskCompletionSource GoOn) HoldAt(FaultyDataSource source, string command)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.Before = text =>
        {
            if (text != command)
                return Task.CompletedTask;
            reached.TrySetResult();
            return goOn.Task;
        };
        return (reached.Task, goOn);
    }

    private sealed class ServerError : DbException
    {
        public ServerError(int number, string message)
            : base(message) => Data["Server Error Code"] = number;
    }
}
