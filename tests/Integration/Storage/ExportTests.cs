using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Export;
using Scheduler.Bbs.Storage.MySql;
using Scheduler.Bbs.Storage.Sql;
using Scheduler.Bbs.Storage.Sqlite;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Storage;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Storage;

/// <summary>Moves the state between stores through an export.</summary>
public sealed class ExportTests(MariaDbStoreServer fixture) : IClassFixture<MariaDbStoreServer>, IDisposable
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(15);
    private static readonly StorageKeys OldKey = new("2029", [new("2029", new byte[32])]);
    private static readonly StorageKeys BothKeys = new("2030", [new("2029", new byte[32]), new("2030", [.. new byte[31], 1])]);
    private static readonly StorageKeys NewKey = new("2030", [new("2030", [.. new byte[31], 1])]);

    private readonly string _directory = Directory.CreateTempSubdirectory("export-").FullName;
    private int _files;
    private int _commits;

    public enum Kind
    {
        Sqlite,
        MariaDb,
    }

    public static TheoryData<Kind> Kinds => [Kind.Sqlite, Kind.MariaDb];

    public static TheoryData<Kind, Kind> Ways =>
        new()
        {
            { Kind.Sqlite, Kind.MariaDb },
            { Kind.MariaDb, Kind.Sqlite },
            { Kind.Sqlite, Kind.Sqlite },
            { Kind.MariaDb, Kind.MariaDb },
        };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Everything_arrives_in_another_store(Kind from, Kind to)
    {
        foreach (var extremes in new[] { false, true })
        {
            var (source, target) = (await CreateAsync(from), await CreateAsync(to));
            await using var store = source.Open();
            var epoch = await LeadAsync(store);
            await store.CommitAsync(Filled(epoch, 42, extremes), default);
            // The BBS of the source leads on.
            var export = await ExportAsync(source);

            await using var other = target.Open();
            var revision = await ImportAsync(other, export);
            var (before, after) = (await RecordingReader.LoadAsync(store), await RecordingReader.LoadAsync(other));
            Assert.Equal(before.DesiredLrps, after.DesiredLrps);
            Assert.Equal(before.ActualLrps, after.ActualLrps);
            Assert.Equal(before.Tasks, after.Tasks);
            Assert.Equal(before.Domains, after.Domains);
            Assert.Equal(before.Cells, after.Cells);
            Assert.Equal(before.AbsentCells, after.AbsentCells);
            Assert.Equal(before.CellLosses, after.CellLosses);
            Assert.Equal(before.Locks, after.Locks);
            // Followers that know a later revision of the former history must not take the new one for its continuation.
            Assert.Equal(42ul + (1ul << 32), revision);
            Assert.Equal(revision, after.Revision);
            // A BBS can lead at once, and its revisions go on from there.
            await other.CommitAsync(Numbered(await LeadAsync(other, "node-b"), revision + 1, 3), default);
            Assert.Equal(revision + 1, (await RecordingReader.LoadAsync(other)).Revision);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task All_rows_are_of_one_revision_while_a_BBS_commits(Kind kind)
    {
        var source = await CreateAsync(kind);
        await using var store = source.Open();
        var epoch = await LeadAsync(store);
        await store.CommitAsync(Numbered(epoch, 1, 200), default);
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            var revision = 1ul;
            while (!stop.IsCancellationRequested)
                await store.CommitAsync(Numbered(epoch, ++revision, 200), default);
            return revision;
        });
        var seen = new HashSet<ulong>();
        for (var i = 0; i < 5; i++)
        {
            var export = await ExportAsync(source);
            using var reader = await ExportReader.OpenAsync(
                new MemoryStream(export),
                source.Migrations.Count,
                StorageKeys.None,
                (_, _) => { },
                default
            );
            var rows = 0;
            await foreach (var batch in reader.BatchesAsync(1, default))
            {
                rows += batch.DesiredLrps.Upserts.Count + batch.Tasks.Upserts.Count;
                Assert.All(batch.DesiredLrps.Upserts, lrp => Assert.Equal(reader.Header.Revision, (ulong)lrp.Instances));
                Assert.All(batch.Tasks.Upserts, task => Assert.Equal(reader.Header.Revision, (ulong)task.CreatedAt));
            }
            Assert.Equal(400, rows);
            seen.Add(reader.Header.Revision);
            // The next one reads something else.
            await Wait.UntilAsync(async () => (await RecordingReader.LoadAsync(store)).Revision > reader.Header.Revision);
        }
        await stop.CancelAsync();
        Assert.True(await writing > seen.Max());
        Assert.Equal(5, seen.Count);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_store_with_rows_is_left_as_it_is_unless_it_may_be_replaced(Kind kind)
    {
        var export = await ExportAsync(await FilledAsync(Kind.Sqlite));
        var target = await CreateAsync(kind);
        await using var store = target.Open();
        var epoch = await LeadAsync(store);
        await store.CommitAsync(Numbered(epoch, 7ul << 40, 2500), default);
        await store.ReleaseLeadershipAsync(epoch, default);

        var refused = await Assert.ThrowsAsync<DomainException>(() => ImportAsync(store, export));
        Assert.Equal(ErrorKind.ResourceExists, refused.Error.Kind);
        Assert.Contains("2500 in desired_lrps, 2500 in tasks", refused.Message);
        Assert.Equal(2500, (await RecordingReader.LoadAsync(store)).DesiredLrps.Count);

        var revision = await ImportAsync(store, export, replace: true);
        var loaded = await RecordingReader.LoadAsync(store);
        Assert.Equal("annotation-value", Assert.Single(loaded.DesiredLrps).Annotation);
        // Never back to a revision that somebody may have seen here.
        Assert.True(revision > 7ul << 40);
        // A standby that has a copy of what was there before loads everything.
        Assert.Null(await store.ReadChangesAsync(7ul << 40, default));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_import_does_not_touch_a_store_that_a_BBS_leads_on(Kind kind)
    {
        var export = await ExportAsync(await FilledAsync(Kind.Sqlite));
        var target = await CreateAsync(kind);
        await using var bbs = target.Open();
        var epoch = await LeadAsync(bbs);
        await using var store = target.Open();
        var refused = await Assert.ThrowsAsync<DomainException>(() => ImportAsync(store, export, replace: true));
        Assert.Equal(ErrorKind.LockCollision, refused.Error.Kind);
        Assert.Contains("the BBS at http://node-a leads on this store", refused.Message);
        // Its term goes on.
        await bbs.RenewLeadershipAsync(epoch, Ttl, default);
        await bbs.CommitAsync(Numbered(epoch, 1, 1), default);

        await bbs.ReleaseLeadershipAsync(epoch, default);
        await ImportAsync(store, export, replace: true);
        // A BBS that was only stopped by a debugger, not ended, writes nothing over it.
        await Assert.ThrowsAsync<LeadershipLostException>(() => bbs.CommitAsync(Numbered(epoch, 2, 1), default));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_damaged_export_changes_nothing(Kind kind)
    {
        var many = await CreateAsync(Kind.Sqlite);
        await using (var source = many.Open())
            await source.CommitAsync(Numbered(await LeadAsync(source), 5, 1500), default);
        var export = await ExportAsync(many);
        var target = await CreateAsync(kind);
        await using var store = target.Open();
        var epoch = await LeadAsync(store);
        await store.CommitAsync(Filled(epoch, 3, extremes: false), default);
        await store.ReleaseLeadershipAsync(epoch, default);
        var before = await RecordingReader.LoadAsync(store);

        // A text in the middle, which only the checksum at the end betrays: by then all rows have been written.
        var changed = export.ToArray();
        changed[export.AsSpan().IndexOf("text of row 0700"u8)] ^= 1;
        foreach (var damaged in new[] { changed, export[..(export.Length / 2)], export[..^1], [.. export, 0] })
        {
            var refused = await Assert.ThrowsAsync<DomainException>(() => ImportAsync(store, damaged, replace: true));
            Assert.Equal(ErrorKind.InvalidRequest, refused.Error.Kind);
            Assert.Contains("damaged or incomplete", refused.Message);
            var after = await RecordingReader.LoadAsync(store);
            Assert.Equal(before.Revision, after.Revision);
            Assert.Equal(before.DesiredLrps, after.DesiredLrps);
            Assert.Equal(before.Locks, after.Locks);
        }
        await ImportAsync(store, export, replace: true);
        Assert.Equal(1500, (await RecordingReader.LoadAsync(store)).DesiredLrps.Count);
    }

    [Theory]
    [InlineData(Kind.Sqlite, false)]
    [InlineData(Kind.Sqlite, true)]
    [InlineData(Kind.MariaDb, false, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData(Kind.MariaDb, true, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    public async Task An_import_that_fails_at_any_step_is_all_or_nothing(Kind kind, bool afterEffect)
    {
        var export = await ExportAsync(await FilledAsync(Kind.Sqlite));
        for (var step = 1; ; step++)
        {
            var target = await CreateAsync(kind);
            await using (var used = target.Open())
                await UseAsync(used, Numbered(0, 1, 1));
            var faulty = new FaultyDataSource(target.Source());
            Func<bool> failed;
            Exception? error;
            await using (var store = target.Open(faulty))
            {
                failed = faulty.FailCall(step, afterEffect, () => new LostConnectionException("cut"));
                error = await Record.ExceptionAsync(() => ImportAsync(store, export, replace: true));
                faulty.Heal();
            }

            await using var other = target.Open();
            var after = await RecordingReader.LoadAsync(other);
            var isOld = after.Revision == 1;
            Assert.Equal(isOld ? "text of row 0000" : "annotation-value", Assert.Single(after.DesiredLrps).Annotation);
            Assert.Equal(isOld ? 0 : 1, after.Cells.Count);
            if (!failed())
            {
                Assert.Null(error);
                Assert.False(isOld);
                Assert.True(step > 20, $"only {step} steps seen");
                return;
            }
            // Only what follows the commit may fail without being an error of the import.
            Assert.True(
                isOld ? error is StoreException : error is null or StoreException { OutcomeUnknown: true },
                $"step {step}: {error}"
            );
        }
    }

    [Fact]
    public async Task A_BBS_that_starts_during_an_import_stands_by()
    {
        var export = await ExportAsync(await FilledAsync(Kind.Sqlite));
        var target = await CreateAsync(Kind.MariaDb);
        var faulty = new FaultyDataSource(target.Source());
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        faulty.Before = async text =>
        {
            if (text != "COMMIT" || reached.Task.IsCompleted)
                return;
            // The first commit is that of the term.
            if (Interlocked.Increment(ref _commits) == 1)
                return;
            reached.SetResult();
            await goOn.Task;
        };
        await using var store = target.Open(faulty);
        var import = ImportAsync(store, export);
        await reached.Task.WaitAsync(Wait.Patience);
        await using var bbs = target.Open();
        Assert.False((await bbs.AcquireLeadershipAsync("node-b", "http://node-b", Ttl, default)).Acquired);
        goOn.SetResult();
        await import;
        Assert.True((await bbs.AcquireLeadershipAsync("node-b", "http://node-b", Ttl, default)).Acquired);
        Assert.Single((await RecordingReader.LoadAsync(bbs)).DesiredLrps);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_target_encrypts_with_its_own_key(Kind kind)
    {
        var source = await CreateAsync(Kind.Sqlite);
        await using (var store = source.Open(keys: OldKey))
            await UseAsync(store, Filled(0, 1, extremes: false));
        // Whoever has no keys gets no export.
        Assert.Contains("which is not configured", (await Assert.ThrowsAsync<StoreException>(() => ExportAsync(source))).Message);
        var export = await ExportAsync(source, OldKey);
        Assert.Equal(-1, export.AsSpan().IndexOf("annotation-value"u8));

        var target = await CreateAsync(kind);
        await using (var without = target.Open(keys: NewKey))
        {
            var refused = await Assert.ThrowsAsync<DomainException>(() => ImportAsync(without, export, keys: NewKey));
            Assert.Contains("\"2029\", which is not configured", refused.Message);
            Assert.True((await RecordingReader.LoadAsync(without)).IsEmpty);
        }
        await using (var with = target.Open(keys: BothKeys))
            await ImportAsync(with, export, keys: BothKeys);
        await using var later = target.Open(keys: NewKey);
        Assert.Equal("annotation-value", Assert.Single((await RecordingReader.LoadAsync(later)).DesiredLrps).Annotation);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_store_without_a_state_or_of_another_version_is_told(Kind kind)
    {
        var unused = await Assert.ThrowsAsync<DomainException>(async () => await ExportAsync(await CreateAsync(kind)));
        Assert.Contains("no BBS has used this store yet", unused.Message);

        var database = await CreateAsync(kind);
        await using (
            var newer = database.Open(migrations: [.. database.Migrations, new Migration(database.Migrations.Count + 1, "later", [])])
        )
            await UseAsync(newer, Numbered(0, 1, 1));
        var ahead = await Assert.ThrowsAsync<DomainException>(() => ExportAsync(database));
        var version = database.Migrations.Count;
        Assert.Contains($"schema has version {version + 1}, but this program reads version {version}", ahead.Message);

        var old = await CreateAsync(kind);
        await using (var older = old.Open(migrations: [old.Migrations[0]]))
        {
            var epoch = (await older.AcquireLeadershipAsync("node-a", "", Ttl, default)).Epoch;
            await older.MigrateAsync(epoch, default);
            await older.ReleaseLeadershipAsync(epoch, default);
        }
        var behind = await Assert.ThrowsAsync<DomainException>(() => ExportAsync(old));
        Assert.Contains("or start a BBS of this version first, which migrates it", behind.Message);
        // An import migrates as a BBS does.
        await using var store = old.Open();
        await ImportAsync(store, await ExportAsync(await FilledAsync(Kind.Sqlite)));
        Assert.Single((await RecordingReader.LoadAsync(store)).AbsentCells);
    }

    private async Task<Database> CreateAsync(Kind kind)
    {
        if (kind == Kind.Sqlite)
        {
            var sqlite = new SqliteStoreOptions { Path = Path.Combine(_directory, $"{++_files}.db") };
            return new Database(
                () => new SqliteDataSource(sqlite),
                migrations => new SqliteDialect(sqlite, TimeProvider.System, migrations),
                SqliteSchema.Migrations
            );
        }
        var name = fixture.NextDatabase();
        await using var server = MySqlBbsStore.CreateDataSource(
            new MySqlStoreOptions { ConnectionString = $"{fixture.Server.ConnectionString};Database=mysql" }
        );
        await using var connection = await server.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name}";
        await command.ExecuteNonQueryAsync();
        var mySql = new MySqlStoreOptions { ConnectionString = $"{fixture.Server.ConnectionString};Database={name}" };
        return new Database(
            () => MySqlBbsStore.CreateDataSource(mySql),
            migrations => new MySqlDialect(mySql, migrations),
            MySqlSchema.Migrations
        );
    }

    private async Task<Database> FilledAsync(Kind kind)
    {
        var database = await CreateAsync(kind);
        await using var store = database.Open();
        await UseAsync(store, Filled(0, 1, extremes: false));
        return database;
    }

    private static async Task<long> LeadAsync(IBbsStore store, string owner = "node-a")
    {
        var attempt = await store.AcquireLeadershipAsync(owner, $"http://{owner}", Ttl, default);
        Assert.True(attempt.Acquired);
        await store.MigrateAsync(attempt.Epoch, default);
        return attempt.Epoch;
    }

    /// <summary>Commits the batch as a BBS that then stops.</summary>
    private static async Task UseAsync(IBbsStore store, CommitBatch batch)
    {
        var epoch = await LeadAsync(store);
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = batch.Revision,
                DesiredLrps = batch.DesiredLrps,
                ActualLrps = batch.ActualLrps,
                Tasks = batch.Tasks,
                Domains = batch.Domains,
                Cells = batch.Cells,
                AbsentCells = batch.AbsentCells,
                CellLoss = batch.CellLoss,
                Locks = batch.Locks,
            },
            default
        );
        await store.ReleaseLeadershipAsync(epoch, default);
    }

    private static async Task<byte[]> ExportAsync(Database database, StorageKeys? keys = null)
    {
        using var bytes = new MemoryStream();
        await using var store = database.Open(keys: keys);
        using var writer = new ExportWriter(bytes, keys ?? StorageKeys.None, (_, _) => { });
        await StateTransfer.ExportAsync(store, writer, TimeProvider.System, default);
        return bytes.ToArray();
    }

    private static async Task<ulong> ImportAsync(IPortableStore store, byte[] export, bool replace = false, StorageKeys? keys = null)
    {
        using var reader = await ExportReader.OpenAsync(
            new MemoryStream(export),
            store.SchemaVersion,
            keys ?? StorageKeys.None,
            (_, _) => { },
            default
        );
        return await StateTransfer.ImportAsync(store, reader, "import", replace, TimeProvider.System, NullLogger.Instance, default);
    }

    /// <summary>One row of each kind with a value in every field.</summary>
    private static CommitBatch Filled(long epoch, ulong revision, bool extremes) =>
        new()
        {
            Epoch = epoch,
            Revision = revision,
            DesiredLrps = new([FilledMessages.Fill<DesiredLRP>(extremes)], []),
            ActualLrps = new([FilledMessages.Fill<ActualLRP>(extremes)], []),
            Tasks = new([FilledMessages.Fill<OneOffTask>(extremes)], []),
            Domains = new([new DomainRow(extremes ? "𝕊'\"\\ 𐍈%_" : "apps", extremes ? long.MaxValue : 1)], []),
            Cells = new([new CellRow(FilledMessages.Fill<CellPresence>(extremes), "run-1", extremes ? uint.MaxValue : 15_000)], []),
            AbsentCells = new([FilledMessages.Fill<AbsentCell>(extremes)], []),
            CellLoss = new([FilledMessages.Fill<CellLoss>(extremes)], []),
            Locks = new([new LockRow("auctioneer", "run-1", extremes ? new string('ü', 2048) : "http://a", 15_000)], []),
        };

    /// <summary>LRPs and tasks that name the revision.</summary>
    private static CommitBatch Numbered(long epoch, ulong revision, int count) =>
        new()
        {
            Epoch = epoch,
            Revision = revision,
            DesiredLrps = new(
                [
                    .. Enumerable
                        .Range(0, count)
                        .Select(i => new DesiredLRP
                        {
                            ProcessGuid = $"web-{i:0000}",
                            Instances = unchecked((int)revision),
                            Annotation = $"text of row {i:0000}",
                        }),
                ],
                []
            ),
            Tasks = new(
                [.. Enumerable.Range(0, count).Select(i => new OneOffTask { TaskGuid = $"task-{i:0000}", CreatedAt = (long)revision })],
                []
            ),
        };

    private sealed class Database(
        Func<DbDataSource> source,
        Func<IReadOnlyList<Migration>?, SqlDialect> dialect,
        IReadOnlyList<Migration> migrations
    )
    {
        public IReadOnlyList<Migration> Migrations => migrations;

        public DbDataSource Source() => source();

        public SqlBbsStore Open(DbDataSource? through = null, StorageKeys? keys = null, IReadOnlyList<Migration>? migrations = null) =>
            new(through ?? source(), dialect(migrations), keys ?? StorageKeys.None, TimeProvider.System, NullLogger.Instance);
    }
}
