using Google.Protobuf;
using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Storage;

namespace Scheduler.Tests.Integration.Storage;

/// <summary>Requirements for every store, whatever its implementation.</summary>
public abstract class StoreConformance : IAsyncLifetime
{
    protected static readonly TimeSpan Ttl = TimeSpan.FromSeconds(15);

    private readonly List<IBbsStore> _opened = [];

    /// <summary>Opens the test's database once more, as another node or after a restart.</summary>
    protected abstract IBbsStore OpenNode();

    /// <summary>Makes the current term expire, as if its time had passed.</summary>
    protected abstract Task LetTermRunOutAsync();

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var store in _opened)
            await store.DisposeAsync();
    }

    protected IBbsStore Open()
    {
        var store = OpenNode();
        _opened.Add(store);
        return store;
    }

    /// <summary>A leading node, with the schema in place.</summary>
    protected async Task<(IBbsStore Store, long Epoch)> LeadAsync(string owner = "node-a")
    {
        var store = Open();
        var attempt = await store.AcquireLeadershipAsync(owner, $"http://{owner}", Ttl, default);
        Assert.True(attempt.Acquired);
        await store.MigrateAsync(attempt.Epoch, default);
        return (store, attempt.Epoch);
    }

    [Fact]
    public async Task A_new_store_is_empty_at_revision_0()
    {
        var (store, _) = await LeadAsync();
        var loaded = await RecordingReader.LoadAsync(store);
        Assert.True(loaded.IsEmpty);
        Assert.Equal(0ul, loaded.Revision);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_field_of_every_row_comes_back(bool extremes)
    {
        var (store, epoch) = await LeadAsync();
        var desired = FilledMessages.Fill<DesiredLRP>(extremes);
        var actual = FilledMessages.Fill<ActualLRP>(extremes);
        var task = FilledMessages.Fill<OneOffTask>(extremes);
        var domain = new DomainRow(extremes ? "𝕊'\"\\ 𐍈%_" : "apps", extremes ? long.MaxValue : 1);
        var cell = new CellRow(FilledMessages.Fill<CellPresence>(extremes), extremes ? "" : "run-1", extremes ? uint.MaxValue : 15_000);
        var absent = FilledMessages.Fill<AbsentCell>(extremes);
        var loss = FilledMessages.Fill<CellLoss>(extremes);
        var @lock = new LockRow(
            "auctioneer",
            extremes ? "" : "run-1",
            extremes ? new string('ü', 2048) : "http://a",
            extremes ? uint.MaxValue : 15_000
        );

        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = ulong.MaxValue,
                DesiredLrps = new([desired], []),
                ActualLrps = new([actual], []),
                Tasks = new([task], []),
                Domains = new([domain], []),
                Cells = new([cell], []),
                AbsentCells = new([absent], []),
                CellLoss = new([loss], []),
                Locks = new([@lock], []),
            },
            default
        );

        var loaded = await RecordingReader.LoadAsync(Open());
        Assert.Equal(desired, Assert.Single(loaded.DesiredLrps));
        Assert.Equal(actual, Assert.Single(loaded.ActualLrps));
        Assert.Equal(task, Assert.Single(loaded.Tasks));
        Assert.Equal(domain, Assert.Single(loaded.Domains));
        Assert.Equal(cell, Assert.Single(loaded.Cells));
        Assert.Equal(absent, Assert.Single(loaded.AbsentCells));
        Assert.Equal(loss, Assert.Single(loaded.CellLosses));
        Assert.Equal(@lock, Assert.Single(loaded.Locks));
        Assert.Equal(ulong.MaxValue, loaded.Revision);
    }

    [Fact]
    public async Task Empty_messages_come_back_empty()
    {
        var (store, epoch) = await LeadAsync();
        var actual = new ActualLRP { ActualLrpKey = new ActualLRPKey { ProcessGuid = "web" } };
        await store.CommitAsync(Batch(epoch, 1, [actual]), default);
        Assert.Equal(actual, Assert.Single((await RecordingReader.LoadAsync(store)).ActualLrps));
    }

    [Fact]
    public async Task An_upsert_replaces_and_a_delete_removes()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(
            Batch(epoch, 1, [Row("web", 0, "UNCLAIMED"), Row("web", 1, "UNCLAIMED"), Row("web", 2, "UNCLAIMED")]),
            default
        );
        await store.CommitAsync(
            Batch(epoch, 2, [Row("web", 1, "RUNNING"), Row("web", 3, "UNCLAIMED")], [Key("web", 0), Key("web", 9), Key("other", 0)]),
            default
        );
        var loaded = await RecordingReader.LoadAsync(store);
        Assert.Equal(
            [(1, "RUNNING"), (2, "UNCLAIMED"), (3, "UNCLAIMED")],
            loaded.ActualLrps.Select(row => (row.ActualLrpKey.Index, row.State))
        );
        Assert.Equal(2ul, loaded.Revision);
    }

    [Fact]
    public async Task The_rows_of_a_slot_are_three()
    {
        var (store, epoch) = await LeadAsync();
        ActualLRP[] rows =
        [
            Row("web", 0, "UNCLAIMED"),
            Row("web", 0, "RUNNING", ActualLRP.Types.Presence.Evacuating),
            Row("web", 0, "RUNNING", ActualLRP.Types.Presence.Suspect),
        ];
        await store.CommitAsync(Batch(epoch, 1, rows), default);
        await store.CommitAsync(Batch(epoch, 2, [], [Key("web", 0, LrpPresence.Evacuating)]), default);
        Assert.Equal([rows[0], rows[2]], (await RecordingReader.LoadAsync(store)).ActualLrps);
    }

    [Fact]
    public async Task Deletes_every_kind_of_row()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 1,
                DesiredLrps = new([new DesiredLRP { ProcessGuid = "a" }, new DesiredLRP { ProcessGuid = "b" }], []),
                Tasks = new([new OneOffTask { TaskGuid = "a" }, new OneOffTask { TaskGuid = "b" }], []),
                Domains = new([new DomainRow("a", 0), new DomainRow("b", 0)], []),
                Cells = new([Cell("a"), Cell("b")], []),
                AbsentCells = new([new AbsentCell { CellId = "a" }, new AbsentCell { CellId = "b" }], []),
                CellLoss = new([new CellLoss { Unheard = 1 }], []),
                Locks = new([new LockRow("a", "x", "", 1), new LockRow("b", "x", "", 1)], []),
            },
            default
        );
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 2,
                DesiredLrps = new([], ["a"]),
                Tasks = new([], ["a"]),
                Domains = new([], ["a"]),
                Cells = new([], ["a"]),
                AbsentCells = new([], ["a"]),
                CellLoss = new([], [CellLossKey.Fleet]),
                Locks = new([], ["a"]),
            },
            default
        );
        var loaded = await RecordingReader.LoadAsync(store);
        Assert.Equal("b", Assert.Single(loaded.DesiredLrps).ProcessGuid);
        Assert.Equal("b", Assert.Single(loaded.Tasks).TaskGuid);
        Assert.Equal("b", Assert.Single(loaded.Domains).Domain);
        Assert.Equal("b", Assert.Single(loaded.Cells).CellId);
        Assert.Equal("b", Assert.Single(loaded.AbsentCells).CellId);
        Assert.Empty(loaded.CellLosses);
        Assert.Equal("b", Assert.Single(loaded.Locks).Key);

        static CellRow Cell(string id) => new(new CellPresence { CellId = id }, "x", 1);
    }

    [Fact]
    public async Task Changes_are_the_rows_that_differ_from_an_earlier_revision()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(
            Batch(epoch, 1, [Row("web", 0, "UNCLAIMED"), Row("web", 1, "UNCLAIMED"), Row("db", 0, "UNCLAIMED")]),
            default
        );
        await store.CommitAsync(
            Batch(epoch, 2, [Row("web", 1, "CLAIMED"), Row("web", 1, "RUNNING", ActualLRP.Types.Presence.Suspect)], [Key("web", 0)]),
            default
        );
        await store.CommitAsync(Batch(epoch, 3, [Row("web", 1, "RUNNING"), Row("web", 2, "UNCLAIMED")]), default);
        await store.CommitAsync(Batch(epoch, 4, [], [Key("web", 2)]), default);

        var standby = Open();
        Assert.True(await standby.IsMigratedAsync(default));
        var changes = await standby.ReadChangesAsync(1, default);
        Assert.Equal(4ul, changes!.Revision);
        Assert.Equal(
            [Row("web", 1, "RUNNING"), Row("web", 1, "RUNNING", ActualLRP.Types.Presence.Suspect)],
            changes.ActualLrps.Upserts.OrderBy(row => row.Presence)
        );
        Assert.Equal([Key("web", 0), Key("web", 2)], changes.ActualLrps.Deletes.OrderBy(key => key.Index));

        var none = await standby.ReadChangesAsync(4, default);
        Assert.Equal(4ul, none!.Revision);
        Assert.True(none.ActualLrps.IsEmpty);
    }

    [Fact]
    public async Task Changes_have_every_kind_of_row()
    {
        var (store, epoch) = await LeadAsync();
        var desired = FilledMessages.Fill<DesiredLRP>(extremes: true);
        var task = FilledMessages.Fill<OneOffTask>(extremes: true);
        var cell = new CellRow(FilledMessages.Fill<CellPresence>(extremes: true), "run-1", 15_000);
        var absent = FilledMessages.Fill<AbsentCell>(extremes: true);
        var loss = FilledMessages.Fill<CellLoss>(extremes: true);
        var @lock = new LockRow("auctioneer", "run-1", "http://a", 15_000);
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 1,
                DesiredLrps = new([desired], []),
                Tasks = new([task], []),
                Domains = new([new DomainRow("apps", 7)], []),
                Cells = new([cell], []),
                AbsentCells = new([absent], []),
                CellLoss = new([loss], []),
                Locks = new([@lock], []),
            },
            default
        );
        var put = (await store.ReadChangesAsync(0, default))!;
        Assert.Equal(desired, Assert.Single(put.DesiredLrps.Upserts));
        Assert.Equal(task, Assert.Single(put.Tasks.Upserts));
        Assert.Equal(new DomainRow("apps", 7), Assert.Single(put.Domains.Upserts));
        Assert.Equal(cell, Assert.Single(put.Cells.Upserts));
        Assert.Equal(absent, Assert.Single(put.AbsentCells.Upserts));
        Assert.Equal(loss, Assert.Single(put.CellLoss.Upserts));
        Assert.Equal(@lock, Assert.Single(put.Locks.Upserts));

        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 2,
                DesiredLrps = new([], [desired.ProcessGuid]),
                Tasks = new([], [task.TaskGuid]),
                Domains = new([], ["apps"]),
                Cells = new([], [cell.CellId]),
                AbsentCells = new([], [absent.CellId]),
                CellLoss = new([], [CellLossKey.Fleet]),
                Locks = new([], [@lock.Key]),
            },
            default
        );
        var gone = (await store.ReadChangesAsync(1, default))!;
        Assert.Equal([desired.ProcessGuid], gone.DesiredLrps.Deletes);
        Assert.Equal([task.TaskGuid], gone.Tasks.Deletes);
        Assert.Equal(["apps"], gone.Domains.Deletes);
        Assert.Equal([cell.CellId], gone.Cells.Deletes);
        Assert.Equal([absent.CellId], gone.AbsentCells.Deletes);
        Assert.Equal([CellLossKey.Fleet], gone.CellLoss.Deletes);
        Assert.Equal([@lock.Key], gone.Locks.Deletes);
    }

    [Fact]
    public async Task Changes_are_unknown_when_a_commit_in_between_is_not_listed()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(Batch(epoch, 1, [Row("web", 0, "UNCLAIMED")]), default);
        // Longer than any list that is kept.
        var names = Enumerable.Range(0, 5_000).Select(i => $"{i}-{new string('x', 200)}").ToList();
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 2,
                Domains = new([.. names.Select(name => new DomainRow(name, 0))], []),
            },
            default
        );
        Assert.Null(await store.ReadChangesAsync(1, default));
        await store.CommitAsync(Batch(epoch, 3, [Row("web", 1, "UNCLAIMED")]), default);
        Assert.Null(await store.ReadChangesAsync(1, default));
        Assert.NotNull(await store.ReadChangesAsync(2, default));
        // Nor is what a store of another history would know.
        Assert.Null(await store.ReadChangesAsync(9, default));
        await store.CommitAsync(Batch(epoch, 5, [Row("web", 2, "UNCLAIMED")]), default);
        Assert.Null(await store.ReadChangesAsync(3, default));
    }

    [Fact]
    public async Task Names_differ_by_case_and_accent()
    {
        var (store, epoch) = await LeadAsync();
        string[] names = ["a", "A", "ä", "á", "ａ"];
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 1,
                Domains = new([.. names.Select(name => new DomainRow(name, 0))], []),
            },
            default
        );
        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            (await RecordingReader.LoadAsync(store)).Domains.Select(row => row.Domain).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Rows_come_in_order_of_key()
    {
        var (store, epoch) = await LeadAsync();
        var rows = new List<ActualLRP>();
        foreach (var guid in new[] { "b", "B", "a-1", "a", "a_1" })
        {
            foreach (var index in new[] { 10, 9, 0 })
                rows.Add(Row(guid, index, "UNCLAIMED"));
        }
        await store.CommitAsync(Batch(epoch, 1, rows), default);
        Assert.Equal(
            rows.Select(row => (row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index))
                .OrderBy(key => key.ProcessGuid, StringComparer.Ordinal)
                .ThenBy(key => key.Index),
            (await RecordingReader.LoadAsync(store)).ActualLrps.Select(row => (row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index))
        );
    }

    [Fact]
    public async Task A_value_of_16_MB_comes_back()
    {
        var (store, epoch) = await LeadAsync();
        var bytes = new byte[16 << 20];
        new Random(1).NextBytes(bytes);
        // The worst case for text encoding: quotes and backslashes.
        bytes.AsSpan(0, 4 << 20).Fill((byte)'\'');
        bytes.AsSpan(4 << 20, 4 << 20).Fill((byte)'\\');
        var lrp = new DesiredLRP
        {
            ProcessGuid = "large",
            Routes = new ProtoRoutes { Routes = { ["key"] = ByteString.CopyFrom(bytes) } },
        };
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = 1,
                DesiredLrps = new([lrp], []),
            },
            default
        );
        Assert.Equal(lrp, Assert.Single((await RecordingReader.LoadAsync(store)).DesiredLrps));
    }

    [Fact]
    public async Task Many_rows_come_back()
    {
        var rows = TestScale.Cases(20_000, nightly: 100_000);
        var (store, epoch) = await LeadAsync();
        for (var start = 0; start < rows; start += 10_000)
        {
            var first = start;
            await store.CommitAsync(
                Batch(
                    epoch,
                    (ulong)(start + 1),
                    [.. Enumerable.Range(0, 10_000).Select(i => Row($"process-{(first + i) / 100}", (first + i) % 100, "RUNNING"))]
                ),
                default
            );
        }
        var loaded = await RecordingReader.LoadAsync(store);
        Assert.Equal(rows, loaded.ActualLrps.Count);
        Assert.Equal(rows, loaded.ActualLrps.Select(row => (row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index)).Distinct().Count());
    }

    [Fact]
    public async Task Another_owner_waits_for_the_end_of_the_term()
    {
        var (_, epoch) = await LeadAsync("node-a");
        var other = Open();
        var refused = await other.AcquireLeadershipAsync("node-b", "http://node-b", Ttl, default);
        Assert.False(refused.Acquired);
        Assert.Equal("http://node-a", refused.HolderValue);
        Assert.InRange(refused.Remaining, TimeSpan.FromTicks(1), Ttl);

        await LetTermRunOutAsync();
        var taken = await other.AcquireLeadershipAsync("node-b", "http://node-b", Ttl, default);
        Assert.Equal(epoch + 1, taken.Epoch);
        Assert.Equal("http://node-b", taken.HolderValue);
    }

    [Fact]
    public async Task A_new_term_knows_for_how_long_nobody_led()
    {
        var first = await Open().AcquireLeadershipAsync("node-a", "", Ttl, default);
        Assert.Equal(TimeSpan.Zero, first.Vacancy);
        await LetTermRunOutAsync();
        await LetTermRunOutAsync();
        await LetTermRunOutAsync();
        var store = Open();
        var second = await store.AcquireLeadershipAsync("node-b", "", Ttl, default);
        Assert.InRange(second.Vacancy, Ttl * 2, Ttl * 4);

        // The end of a released term is not recorded.
        await store.ReleaseLeadershipAsync(second.Epoch, default);
        Assert.Equal(TimeSpan.Zero, (await Open().AcquireLeadershipAsync("node-c", "", Ttl, default)).Vacancy);
    }

    [Fact]
    public async Task The_same_owner_begins_a_new_term_at_once()
    {
        var (store, epoch) = await LeadAsync();
        Assert.Equal(epoch + 1, (await store.AcquireLeadershipAsync("node-a", "http://node-a", Ttl, default)).Epoch);
        await Assert.ThrowsAsync<LeadershipLostException>(() => store.RenewLeadershipAsync(epoch, Ttl, default));
    }

    [Fact]
    public async Task A_renewal_prolongs_the_term()
    {
        var (store, epoch) = await LeadAsync("node-a");
        await LetTermRunOutAsync();
        await store.RenewLeadershipAsync(epoch, Ttl, default);
        await store.RenewLeadershipAsync(epoch, Ttl, default);
        Assert.False((await Open().AcquireLeadershipAsync("node-b", "", Ttl, default)).Acquired);
    }

    [Fact]
    public async Task A_release_lets_the_next_one_in_at_once()
    {
        var (store, epoch) = await LeadAsync("node-a");
        await store.ReleaseLeadershipAsync(epoch, default);
        Assert.True((await Open().AcquireLeadershipAsync("node-b", "", Ttl, default)).Acquired);
        // Releasing an expired term does not affect the next one.
        await store.ReleaseLeadershipAsync(epoch, default);
        Assert.False((await store.AcquireLeadershipAsync("node-a", "", Ttl, default)).Acquired);
    }

    [Fact]
    public async Task Two_that_try_at_once_do_not_both_lead()
    {
        var stores = Enumerable.Range(0, 4).Select(_ => Open()).ToList();
        var attempts = await Task.WhenAll(
            stores.Select((store, i) => Task.Run(() => store.AcquireLeadershipAsync($"node-{i}", $"http://node-{i}", Ttl, default)))
        );
        Assert.Single(attempts, attempt => attempt.Acquired);
    }

    [Fact]
    public async Task A_node_whose_term_is_over_writes_nothing()
    {
        var (old, oldEpoch) = await LeadAsync("node-a");
        await old.CommitAsync(Batch(oldEpoch, 1, [Row("web", 0, "UNCLAIMED")]), default);
        await LetTermRunOutAsync();
        // No other node has taken over: it may still write.
        await old.CommitAsync(Batch(oldEpoch, 2, [Row("web", 0, "CLAIMED")]), default);

        var (_, newEpoch) = await LeadAsync("node-b");
        Assert.True(newEpoch > oldEpoch);
        await Assert.ThrowsAsync<LeadershipLostException>(() => old.CommitAsync(Batch(oldEpoch, 3, [Row("web", 0, "RUNNING")]), default));
        await Assert.ThrowsAsync<LeadershipLostException>(() => old.RenewLeadershipAsync(oldEpoch, Ttl, default));
        await Assert.ThrowsAsync<LeadershipLostException>(() => old.MigrateAsync(oldEpoch, default));
        var loaded = await RecordingReader.LoadAsync(old);
        Assert.Equal("CLAIMED", Assert.Single(loaded.ActualLrps).State);
        Assert.Equal(2ul, loaded.Revision);
    }

    [Fact]
    public async Task Migrating_again_changes_nothing()
    {
        var (store, epoch) = await LeadAsync();
        await store.CommitAsync(Batch(epoch, 1, [Row("web", 0, "UNCLAIMED")]), default);
        await store.MigrateAsync(epoch, default);
        Assert.Single((await RecordingReader.LoadAsync(store)).ActualLrps);
    }

    [Fact]
    public async Task A_cancelled_commit_writes_nothing()
    {
        var (store, epoch) = await LeadAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            store.CommitAsync(Batch(epoch, 1, [Row("web", 0, "UNCLAIMED")]), new CancellationToken(canceled: true))
        );
        Assert.True((await RecordingReader.LoadAsync(store)).IsEmpty);
        await store.CommitAsync(Batch(epoch, 1, [Row("web", 0, "UNCLAIMED")]), default);
    }

    protected static CommitBatch Batch(
        long epoch,
        ulong revision,
        IReadOnlyList<ActualLRP> upserts,
        IReadOnlyList<ActualLrpRowKey>? deletes = null
    ) =>
        new()
        {
            Epoch = epoch,
            Revision = revision,
            ActualLrps = new(upserts, deletes ?? []),
        };

    protected static ActualLRP Row(
        string guid,
        int index,
        string state,
        ActualLRP.Types.Presence presence = ActualLRP.Types.Presence.Ordinary
    ) =>
        new()
        {
            ActualLrpKey = new ActualLRPKey
            {
                ProcessGuid = guid,
                Index = index,
                Domain = "apps",
            },
            ActualLrpInstanceKey = new ActualLRPInstanceKey { InstanceGuid = $"{guid}-{index}", CellId = "cell-1" },
            State = state,
            Since = 1_700_000_000_123_456_789,
            Presence = presence,
            ModificationTag = new Contracts.V1.ModificationTag { Epoch = "e", Index = 7 },
        };

    protected static ActualLrpRowKey Key(string guid, int index, LrpPresence presence = LrpPresence.Ordinary) => new(guid, index, presence);
}
