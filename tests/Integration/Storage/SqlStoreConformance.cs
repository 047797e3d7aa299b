using System.Data.Common;
using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Sql;
using Scheduler.Bbs.Storage.Tables;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Storage;

namespace Scheduler.Tests.Integration.Storage;

/// <summary>
/// Additional requirements for SQL stores: failures at any step leave no trace, secrets are encrypted, the schema migrates.
/// </summary>
public abstract class SqlStoreConformance : StoreConformance
{
    protected static readonly StorageKeys OldKey = new("2029", [new("2029", Bytes(1))]);
    protected static readonly StorageKeys BothKeys = new("2030", [new("2029", Bytes(1)), new("2030", Bytes(2))]);
    protected static readonly StorageKeys NewKey = new("2030", [new("2030", Bytes(2))]);

    protected abstract DbDataSource CreateDataSource();

    private protected abstract SqlDialect CreateDialect(IReadOnlyList<Migration>? migrations = null);

    /// <summary>The database's exception for a conflict with another transaction.</summary>
    protected abstract DbException Conflict();

    protected abstract TimeProvider Time { get; }

    protected override IBbsStore OpenNode() => Open(CreateDataSource(), StorageKeys.None);

    private protected SqlBbsStore Open(DbDataSource source, StorageKeys keys, IReadOnlyList<Migration>? migrations = null) =>
        new(source, CreateDialect(migrations), keys, Time, NullLogger.Instance);

    /// <summary>Runs a statement directly, bypassing the store.</summary>
    protected async Task<object?> SqlAsync(string sql)
    {
        await using var source = CreateDataSource();
        await using var connection = await source.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_that_fails_at_any_step_is_all_or_nothing(bool afterEffect)
    {
        var (_, epoch) = await LeadAsync();
        var faulty = new FaultyDataSource(CreateDataSource());
        await using var store = Open(faulty, StorageKeys.None);
        ulong revision = 1;
        await store.CommitAsync(Everything(epoch, revision), default);
        for (var step = 1; ; step++)
        {
            var before = await RecordingReader.LoadAsync(Open());
            var batch = Everything(epoch, ++revision);
            var failed = faulty.FailCall(step, afterEffect, () => new BrokenConnection());
            var error = await Record.ExceptionAsync(() => store.CommitAsync(batch, default));
            faulty.Heal();
            var after = await RecordingReader.LoadAsync(Open());
            if (!failed())
            {
                Assert.Null(error);
                Assert.True(step > 8, $"only {step} steps seen");
                return;
            }
            // Failures to open a connection are wrapped too; whichever step failed, the store reports what it knows.
            var thrown = Assert.IsType<StoreException>(error);
            if (thrown.OutcomeUnknown)
                Assert.Equal(afterEffect ? revision : before.Revision, after.Revision);
            else
                Assert.Equal(before.Revision, after.Revision);
            Assert.All(after.Tasks, task => Assert.Equal((long)after.Revision, task.CreatedAt));
            Assert.All(after.ActualLrps, row => Assert.Equal((long)after.Revision, row.Since));
            revision = after.Revision;
        }
    }

    [Fact]
    public async Task Only_a_commit_without_answer_is_of_unknown_outcome()
    {
        var (_, epoch) = await LeadAsync();
        var faulty = new FaultyDataSource(CreateDataSource());
        await using var store = Open(faulty, StorageKeys.None);
        faulty.After = text => text == "COMMIT" ? throw new BrokenConnection() : Task.CompletedTask;
        Assert.True((await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Everything(epoch, 1), default))).OutcomeUnknown);
        faulty.Heal();
        Assert.Equal(1ul, (await RecordingReader.LoadAsync(store)).Revision);

        faulty.Before = text =>
            text.StartsWith("REPLACE INTO tasks", StringComparison.Ordinal) ? throw new BrokenConnection() : Task.CompletedTask;
        Assert.False((await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Everything(epoch, 2), default))).OutcomeUnknown);
        faulty.Heal();
        await store.CommitAsync(Everything(epoch, 2), default);
    }

    [Fact]
    public async Task A_conflict_is_tried_again_and_not_for_ever()
    {
        var (_, epoch) = await LeadAsync();
        var faulty = new FaultyDataSource(CreateDataSource());
        await using var store = Open(faulty, StorageKeys.None);
        var conflicts = 0;
        faulty.Before = text =>
            text.StartsWith("REPLACE INTO tasks", StringComparison.Ordinal) && ++conflicts <= 2 ? throw Conflict() : Task.CompletedTask;
        await CommitOnTimeAsync(store, Everything(epoch, 1));
        Assert.Equal(3, conflicts);
        Assert.Equal(1ul, (await RecordingReader.LoadAsync(store)).Revision);

        faulty.Before = text => text.StartsWith("REPLACE INTO tasks", StringComparison.Ordinal) ? throw Conflict() : Task.CompletedTask;
        var error = await Assert.ThrowsAsync<StoreException>(() => CommitOnTimeAsync(store, Everything(epoch, 2)));
        Assert.False(error.OutcomeUnknown);
        faulty.Heal();
        Assert.Equal(1ul, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Fact]
    public async Task A_renewal_passes_after_every_failure_of_the_connection()
    {
        var (_, epoch) = await LeadAsync();
        var faulty = new FaultyDataSource(CreateDataSource());
        await using var store = Open(faulty, StorageKeys.None);
        for (var step = 1; ; step++)
        {
            var failed = faulty.FailCall(step, afterEffect: false, () => new BrokenConnection());
            var error = await Record.ExceptionAsync(() => store.RenewLeadershipAsync(epoch, Ttl, default));
            faulty.Heal();
            if (!failed())
                break;
            Assert.IsType<StoreException>(error);
        }
        await store.RenewLeadershipAsync(epoch, Ttl, default);
    }

    [Fact]
    public async Task A_load_sees_one_moment_however_long_it_takes()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(Everything(epoch, 1), default);
        var reader = new InterferingReader(() => store.CommitAsync(Everything(epoch, 2), default).GetAwaiter().GetResult());
        Assert.Equal(1ul, await store.LoadAsync(reader, default));
        Assert.Equal([1L], reader.Seen.Distinct());
        Assert.Equal(2ul, (await RecordingReader.LoadAsync(store)).Revision);
    }

    [Fact]
    public async Task What_does_not_fit_its_column_is_refused_with_its_name()
    {
        var (store, epoch) = await LeadAsync();
        var fits = new string('ü', 255);
        await store.CommitAsync(Batch(epoch, 1, [Named(fits)]), default);
        var error = await Assert.ThrowsAsync<StoreException>(() =>
            store.CommitAsync(Batch(epoch, 2, [Named("web"), Named(new string('x', 256))]), default)
        );
        Assert.Equal(
            "actual_lrp.actual_lrp_key.process_guid",
            Assert.Single(((DomainException)error.InnerException!).Error.Violations).Field
        );

        foreach (var name in new[] { "", "blank ", "nul\0", "half\ud800" })
        {
            var bad = new CommitBatch
            {
                Epoch = epoch,
                Revision = 2,
                Domains = new([new DomainRow(name, 0)], []),
            };
            Assert.True((await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(bad, default))).RowRefused);
        }
        Assert.Equal(fits, Assert.Single((await RecordingReader.LoadAsync(store)).ActualLrps).ActualLrpKey.ProcessGuid);

        static ActualLRP Named(string guid) => new() { ActualLrpKey = new ActualLRPKey { ProcessGuid = guid } };
    }

    [Fact]
    public async Task Names_keep_their_characters_in_every_plane()
    {
        var (store, epoch) = await LeadAsync();
        var names = new List<string>();
        var name = new StringBuilder();
        for (var code = 0x20; code < 0x110000; code += code < 0x3000 ? 1 : 97)
        {
            if (code is >= 0xD800 and <= 0xDFFF or >= 0x7F and <= 0x9F)
                continue;
            name.Append(char.ConvertFromUtf32(code));
            if (name.Length < 200)
                continue;
            names.Add(name.Append(names.Count).ToString());
            name.Clear();
        }

        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 1,
                Domains = new([.. names.Select(text => new DomainRow(text, 1))], []),
            },
            default
        );
        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            (await RecordingReader.LoadAsync(store)).Domains.Select(row => row.Domain).Order(StringComparer.Ordinal)
        );
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 2,
                Domains = new([], names),
            },
            default
        );
        Assert.Empty((await RecordingReader.LoadAsync(store)).Domains);
    }

    [Fact]
    public async Task A_row_that_the_database_will_not_have_is_told_from_a_database_that_is_unwell()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(Batch(epoch, 1, [Row("web", 0, "RUNNING")]), default);
        // A constraint that a later schema or an operator may have added.
        await SqlAsync("DROP TABLE domains");
        await SqlAsync(
            "CREATE TABLE domains (domain VARCHAR(255) NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL CHECK (expires_at < 10))"
        );
        var refused = await Assert.ThrowsAsync<StoreException>(() =>
            store.CommitAsync(
                new CommitBatch
                {
                    Epoch = epoch,
                    Revision = 2,
                    Domains = new([new DomainRow("fits", 1), new DomainRow("late", 11)], []),
                },
                default
            )
        );
        Assert.True(refused.RowRefused);
        Assert.False(refused.OutcomeUnknown);
        await SqlAsync("DROP TABLE domains");
        var unwell = await Assert.ThrowsAsync<StoreException>(() =>
            store.CommitAsync(
                new CommitBatch
                {
                    Epoch = epoch,
                    Revision = 2,
                    Domains = new([new DomainRow("fits", 1)], []),
                },
                default
            )
        );
        Assert.False(unwell.RowRefused);
        Assert.False(unwell.OutcomeUnknown);
        await store.CommitAsync(Batch(epoch, 2, [Row("web", 1, "RUNNING")]), default);
    }

    [Fact]
    public async Task Secrets_are_not_in_the_database_in_the_clear()
    {
        var (_, epoch) = await LeadAsync();
        await using var store = Open(CreateDataSource(), OldKey);
        await store.CommitAsync(Secret(epoch, 1), default);
        foreach (var table in new[] { "desired_lrps", "tasks" })
        {
            var payload = (byte[])(await SqlAsync($"SELECT payload FROM {table}"))!;
            Assert.Equal(1, payload[0]);
            Assert.Equal(-1, payload.AsSpan().IndexOf("hunter2"u8));
        }
        var loaded = await RecordingReader.LoadAsync(store);
        Assert.Equal(Secret(epoch, 1).DesiredLrps.Upserts, loaded.DesiredLrps);
        Assert.Equal(Secret(epoch, 1).Tasks.Upserts, loaded.Tasks);
    }

    [Fact]
    public async Task A_new_key_takes_over_what_was_written_before()
    {
        var (plain, epoch) = await LeadAsync();
        await plain.CommitAsync(Secret(epoch, 1), default);
        await using (var first = Open(CreateDataSource(), OldKey))
            await first.MigrateAsync(epoch, default);
        Assert.Equal("2029", await SqlAsync("SELECT key_label FROM tasks"));
        await using (var rotating = Open(CreateDataSource(), BothKeys))
        {
            Assert.Single((await RecordingReader.LoadAsync(rotating)).Tasks);
            await rotating.MigrateAsync(epoch, default);
        }
        Assert.Equal("2030", await SqlAsync("SELECT key_label FROM desired_lrps"));
        await using var rotated = Open(CreateDataSource(), NewKey);
        Assert.Equal(Secret(epoch, 1).DesiredLrps.Upserts, (await RecordingReader.LoadAsync(rotated)).DesiredLrps);
    }

    [Fact]
    public async Task Many_rows_are_rewritten_under_the_new_key()
    {
        var (store, epoch) = await LeadAsync();
        var lrps = Enumerable.Range(0, 250).Select(i => new DesiredLRP { ProcessGuid = $"web-{i}" }).ToList();
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 1,
                DesiredLrps = new(lrps, []),
            },
            default
        );
        await using var keyed = Open(CreateDataSource(), NewKey);
        await keyed.MigrateAsync(epoch, default);
        Assert.Equal(0L, Convert.ToInt64(await SqlAsync("SELECT COUNT(*) FROM desired_lrps WHERE key_label <> '2030'")));
        Assert.Equal(250, (await RecordingReader.LoadAsync(keyed)).DesiredLrps.Count);
    }

    [Fact]
    public async Task A_missing_or_wrong_key_is_told_by_its_label()
    {
        var (_, epoch) = await LeadAsync();
        await using (var store = Open(CreateDataSource(), OldKey))
            await store.CommitAsync(Secret(epoch, 1), default);
        await using var without = Open(CreateDataSource(), NewKey);
        Assert.Contains(
            "\"2029\", which is not configured",
            (await Assert.ThrowsAsync<StoreException>(() => RecordingReader.LoadAsync(without))).Message
        );
        await using var wrong = Open(CreateDataSource(), new StorageKeys("2029", [new("2029", Bytes(9))]));
        Assert.Contains("cannot be decrypted", (await Assert.ThrowsAsync<StoreException>(() => RecordingReader.LoadAsync(wrong))).Message);
    }

    [Theory]
    [InlineData("actual_lrps", "FF", "process_guid ")]
    [InlineData("desired_lrps", "00FF", "process_guid ")]
    [InlineData("tasks", "00FF", "task_guid ")]
    [InlineData("cells", "FF", "cell_id ")]
    public async Task A_payload_that_is_no_message_is_told_by_its_key(string table, string payload, string key)
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(Everything(epoch, 1), default);
        await SqlAsync($"UPDATE {table} SET payload = X'{payload}'");
        var failure = await Assert.ThrowsAsync<StoreException>(() => RecordingReader.LoadAsync(store));
        Assert.StartsWith($"cannot load the state: the payload of the row with {key}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schema_goes_forward_from_the_one_before()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(Everything(epoch, 1), default);
        var history = CreateDialect().Migrations;
        Migration next = new(
            history.Count + 1,
            "a column more",
            ["ALTER TABLE domains ADD COLUMN note VARCHAR(10) NOT NULL DEFAULT 'new'"]
        );
        await using (var newer = Open(CreateDataSource(), StorageKeys.None, [.. history, next]))
        {
            await newer.MigrateAsync(epoch, default);
            Assert.Equal(1ul, (await RecordingReader.LoadAsync(newer)).Revision);
        }
        Assert.Equal("new", await SqlAsync("SELECT note FROM domains"));
        var error = await Assert.ThrowsAsync<StoreException>(() => Open().MigrateAsync(epoch, default));
        Assert.Contains($"version {history.Count + 1}, but this program supports only {history.Count}", error.Message);
    }

    [Fact]
    public async Task A_database_of_each_earlier_schema_is_brought_up_to_date()
    {
        var history = CreateDialect().Migrations;
        for (var version = 1; version < history.Count; version++)
        {
            await ResetDatabaseAsync();
            await using var old = Open(CreateDataSource(), StorageKeys.None, [.. history.Take(version)]);
            var epoch = (await old.AcquireLeadershipAsync("node-a", "", Ttl, default)).Epoch;
            await old.MigrateAsync(epoch, default);
            // As a program of that version wrote it.
            await SqlAsync(
                $"""
                INSERT INTO actual_lrps
                    (process_guid, instance_index, presence, domain, state, instance_guid, cell_id, since, payload)
                VALUES
                    ('web', 0, 0, 'apps', 'RUNNING', 'web-0', 'cell-1', 1, X'{Convert.ToHexString(Row("web", 0, "RUNNING").ToByteArray())}')
                """
            );
            await SqlAsync("UPDATE bbs_epoch SET revision = 1");

            await using var store = Open(CreateDataSource(), StorageKeys.None);
            await store.MigrateAsync(epoch, default);
            var loaded = await RecordingReader.LoadAsync(store);
            Assert.Equal((1ul, "web"), (loaded.Revision, Assert.Single(loaded.ActualLrps).ActualLrpKey.ProcessGuid));
            await store.CommitAsync(Everything(epoch, 2), default);
            Assert.Equal(2ul, (await RecordingReader.LoadAsync(store)).Revision);
        }
    }

    [Fact]
    public async Task A_standby_reads_nothing_from_a_schema_of_another_version()
    {
        var history = CreateDialect().Migrations;
        await using var old = Open(CreateDataSource(), StorageKeys.None, [.. history.SkipLast(1)]);
        await using var store = Open(CreateDataSource(), StorageKeys.None);
        var epoch = (await old.AcquireLeadershipAsync("node-a", "", Ttl, default)).Epoch;
        Assert.False(await store.IsMigratedAsync(default));
        await old.MigrateAsync(epoch, default);
        Assert.True(await old.IsMigratedAsync(default));
        Assert.False(await store.IsMigratedAsync(default));
        await store.MigrateAsync(epoch, default);
        Assert.True(await store.IsMigratedAsync(default));

        await store.CommitAsync(Everything(epoch, 1), default);
        Assert.NotNull(await store.ReadChangesAsync(0, default));
        Assert.Null(await old.ReadChangesAsync(0, default));
    }

    [Fact]
    public async Task A_damaged_journal_is_not_followed()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(Everything(epoch, 1), default);
        await SqlAsync("UPDATE changed_rows SET changed = X'FFFF'");
        Assert.Null(await store.ReadChangesAsync(0, default));
    }

    [Fact]
    public async Task The_journal_is_kept_short()
    {
        var (store, epoch) = await LeadAsync();
        const ulong Kept = ChangedKeys.KeptCommits;
        await store.CommitAsync(Everything(epoch, 1), default);
        await store.CommitAsync(Everything(epoch, 2), default);
        await store.CommitAsync(Everything(epoch, Kept + 64), default);
        Assert.Equal(1L, Convert.ToInt64(await SqlAsync("SELECT COUNT(*) FROM changed_rows")));
    }

    [Fact]
    public async Task A_standby_finds_its_way_back_after_a_connection_that_broke_at_any_step()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(Everything(epoch, 1), default);
        var faulty = new FaultyDataSource(CreateDataSource());
        await using var standby = Open(faulty, StorageKeys.None);
        for (var step = 1; ; step++)
        {
            var failed = faulty.FailCall(step, afterEffect: step % 2 == 0, () => new BrokenConnection());
            if (await Record.ExceptionAsync(() => standby.ReadChangesAsync(0, default)) is { } failure)
                Assert.IsType<StoreException>(failure);
            faulty.Heal();
            Assert.Equal(2, (await standby.ReadChangesAsync(0, default))!.ActualLrps.Upserts.Count);
            if (!failed())
                return;
        }
    }

    [Fact]
    public async Task A_migration_that_breaks_off_anywhere_is_finished_the_next_time()
    {
        for (var step = 1; ; step++)
        {
            await ResetDatabaseAsync();
            var faulty = new FaultyDataSource(CreateDataSource());
            await using var store = Open(faulty, StorageKeys.None);
            var epoch = (await store.AcquireLeadershipAsync("node-a", "", Ttl, default)).Epoch;
            var failed = faulty.FailCall(step, afterEffect: step % 2 == 0, () => new BrokenConnection());
            await Record.ExceptionAsync(() => store.MigrateAsync(epoch, default));
            faulty.Heal();
            await store.MigrateAsync(epoch, default);
            await store.CommitAsync(Everything(epoch, 1), default);
            if (!failed())
                return;
        }
    }

    /// <summary>Gives the test an empty database.</summary>
    protected abstract Task ResetDatabaseAsync();

    /// <summary>A commit whose retries may need the clock to be advanced.</summary>
    protected virtual Task CommitOnTimeAsync(IBbsStore store, CommitBatch batch) => store.CommitAsync(batch, default);

    /// <summary>A batch that touches every table, each row carrying the revision.</summary>
    protected static CommitBatch Everything(long epoch, ulong revision)
    {
        var rows = new[] { Row("web", 0, "RUNNING"), Row("web", 1, "RUNNING") };
        foreach (var row in rows)
            row.Since = (long)revision;
        return new CommitBatch
        {
            Epoch = epoch,
            Revision = revision,
            DesiredLrps = new([new DesiredLRP { ProcessGuid = "web", Instances = (int)revision }], ["gone"]),
            ActualLrps = new(rows, [Key("gone", 0), Key("gone", 1)]),
            Tasks = new([new OneOffTask { TaskGuid = "job", CreatedAt = (long)revision }], ["gone"]),
            Domains = new([new DomainRow("apps", (long)revision)], ["gone"]),
            Cells = new([new CellRow(new CellPresence { CellId = "cell-1" }, $"run-{revision}", 1)], ["gone"]),
            AbsentCells = new([new AbsentCell { CellId = "cell-2", Since = (long)revision }], ["gone"]),
            CellLoss = new([new CellLoss { Since = (long)revision }], []),
            Locks = new([new LockRow("auctioneer", $"run-{revision}", "", 1)], ["gone"]),
        };
    }

    private static CommitBatch Secret(long epoch, ulong revision) =>
        new()
        {
            Epoch = epoch,
            Revision = revision,
            DesiredLrps = new([new DesiredLRP { ProcessGuid = "web", ImagePassword = "hunter2" }], []),
            Tasks = new(
                [
                    new OneOffTask
                    {
                        TaskGuid = "job",
                        TaskDefinition = new TaskDefinition { ImagePassword = "hunter2" },
                    },
                ],
                []
            ),
        };

    private static byte[] Bytes(byte value) => [.. Enumerable.Repeat(value, StorageKeys.KeyBytes)];

    private sealed class BrokenConnection() : DbException("the connection broke");

    private sealed class InterferingReader(Action interfere) : IStateReader
    {
        private bool _done;

        public List<long> Seen { get; } = [];

        public void DesiredLrp(DesiredLRP row)
        {
            if (!_done)
                interfere();
            _done = true;
            Seen.Add(row.Instances);
        }

        public void ActualLrp(ActualLRP row) => Seen.Add(row.Since);

        public void Task(OneOffTask row) => Seen.Add(row.CreatedAt);

        public void Domain(DomainRow row) => Seen.Add(row.ExpiresAt);

        public void Cell(CellRow row) => Seen.Add(long.Parse(row.Owner.AsSpan(4)));

        public void AbsentCell(AbsentCell row) => Seen.Add(row.Since);

        public void CellLoss(CellLoss row) => Seen.Add(row.Since);

        public void Lock(LockRow row) => Seen.Add(long.Parse(row.Owner.AsSpan(4)));
    }
}
