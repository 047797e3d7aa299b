using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Sql;
using Scheduler.Bbs.Storage.Sqlite;
using Scheduler.Tests.TestKit.Storage;

namespace Scheduler.Tests.Integration.Storage;

public sealed class SqliteStoreTests : SqlStoreConformance
{
    private readonly string _directory = Directory.CreateTempSubdirectory("bbs-sqlite-").FullName;
    private readonly FakeTimeProvider _time = new();
    private int _databases;

    protected override TimeProvider Time => _time;

    private SqliteStoreOptions Options => new() { Path = Path.Combine(_directory, $"bbs-{_databases}.db") };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    protected override DbDataSource CreateDataSource() => new SqliteDataSource(Options);

    private protected override SqlDialect CreateDialect(IReadOnlyList<Migration>? migrations = null) =>
        new SqliteDialect(Options, _time, migrations);

    protected override DbException Conflict() => new SqliteException("database is locked", 5);

    protected override Task ResetDatabaseAsync()
    {
        _databases++;
        return Task.CompletedTask;
    }

    protected override Task LetTermRunOutAsync()
    {
        _time.Advance(Ttl);
        return Task.CompletedTask;
    }

    protected override async Task CommitOnTimeAsync(IBbsStore store, CommitBatch batch)
    {
        // SQLite runs on the caller's thread, so the commit continues until it waits for the clock.
        var commit = store.CommitAsync(batch, default);
        while (!commit.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await commit;
    }

    [Fact]
    public async Task The_file_is_its_owners_alone()
    {
        await LeadAsync();
        foreach (var file in Directory.GetFiles(_directory))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Theory]
    [InlineData(true, 2L)]
    [InlineData(false, 1L)]
    public async Task A_commit_waits_for_the_disk_unless_told_otherwise(bool survivePowerLoss, long synchronous)
    {
        await using var source = new SqliteDataSource(Options);
        var session = await SqlSession.OpenAsync(source, _time, default);
        await using (session)
        {
            await new SqliteDialect(Options with { SurvivePowerLoss = survivePowerLoss }, _time).PrepareAsync(
                session,
                SessionRole.Writer,
                default
            );
            Assert.Equal([synchronous], await session.RowAsync("PRAGMA synchronous", default));
            Assert.Equal(["wal"], await session.RowAsync("PRAGMA journal_mode", default));
        }
    }

    [Fact]
    public async Task A_missing_directory_is_told()
    {
        await using var store = SqliteBbsStore.Open(
            new SqliteStoreOptions { Path = Path.Combine(_directory, "none", "bbs.db") },
            StorageKeys.None,
            _time,
            NullLogger.Instance
        );
        var error = await Assert.ThrowsAsync<StoreException>(() => store.AcquireLeadershipAsync("node-a", "", Ttl, default));
        Assert.Contains("its directory must exist", error.Message);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_told()
    {
        await File.WriteAllTextAsync(Options.Path, new string('x', 8192));
        var error = await Assert.ThrowsAsync<StoreException>(() => Open().AcquireLeadershipAsync("node-a", "", Ttl, default));
        Assert.Contains("damaged or not an SQLite database", error.Message);
    }

    [Fact]
    public async Task What_was_committed_is_there_after_the_file_was_copied_as_a_crash_leaves_it()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(Everything(epoch, 1), default);
        await store.CommitAsync(Everything(epoch, 2), default);
        // The write-ahead log has not been checkpointed into the file yet: the state after a kill -9.
        var path = Options.Path;
        _databases++;
        foreach (var suffix in new[] { "", "-wal" })
            File.Copy(path + suffix, Options.Path + suffix);
        Assert.Equal(2ul, (await RecordingReader.LoadAsync(Open())).Revision);
    }
}
