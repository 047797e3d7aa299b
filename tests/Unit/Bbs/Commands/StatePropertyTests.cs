using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Unit.Bbs.Commands;

/// <summary>Random commands in random order: nothing that must always hold ever fails to. The seed is in the test's name.</summary>
public sealed class StatePropertyTests
{
    private const int Steps = 400;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, TestScale.Cases(20, nightly: 250))];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Rows_indexes_and_counts_agree_after_every_command(int seed) => Run(seed, bench => StateInvariants.Check(bench.State));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_follower_who_applies_the_events_knows_the_state(int seed)
    {
        var mirror = new Mirror();
        Run(
            seed,
            bench =>
            {
                foreach (var @event in bench.Events)
                    mirror.Apply(@event);
                var rows = bench.State.Processes.Values.SelectMany(process => process.All).ToList();
                Assert.Equal(rows.Count, mirror.Rows.Count);
                foreach (var row in rows)
                    Assert.Equal(row, mirror.Rows[row.RowKey()]);
                Assert.Equal(bench.State.DesiredLrps.Values, mirror.Desired.Values.OrderBy(lrp => lrp.ProcessGuid, StringComparer.Ordinal));
                Assert.Equal(bench.State.Tasks.Values, mirror.Tasks.Values.OrderBy(task => task.TaskGuid, StringComparer.Ordinal));
                Assert.Equal(bench.State.Cells.Keys, mirror.Cells.Keys.Order(StringComparer.Ordinal));
                Assert.Equal(
                    bench.State.AbsentCells.Values,
                    mirror.AbsentCells.Values.OrderBy(cell => cell.CellId, StringComparer.Ordinal)
                );
                Assert.Equal(bench.State.CellLosses.Values.SingleOrDefault(), mirror.Loss);
                Assert.Equal(bench.State.Domains.Keys, mirror.Domains.Keys.Order(StringComparer.Ordinal));
            }
        );
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_row_changes_only_together_with_its_version(int seed)
    {
        var before = new Dictionary<ActualLrpRowKey, ActualLRP>();
        Run(
            seed,
            bench =>
            {
                var rows = bench.State.Processes.Values.SelectMany(process => process.All).ToDictionary(row => row.RowKey());
                foreach (var (key, row) in rows)
                {
                    if (!before.TryGetValue(key, out var old) || old.Equals(row))
                        continue;
                    if (old.ModificationTag.Epoch != row.ModificationTag.Epoch)
                        continue;
                    Assert.True(row.ModificationTag.Index > old.ModificationTag.Index, $"{old} became {row}");
                }
                before = rows;
            }
        );
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task The_store_holds_what_memory_holds(int seed)
    {
        var store = new InMemoryBbsStore(TimeProvider.System);
        await store.AcquireLeadershipAsync("node", "", TimeSpan.FromMinutes(1), CancellationToken.None);
        var batches = new List<CommitBatch>();
        var bench = Run(
            seed,
            bench =>
            {
                if (bench.Batch is not null)
                    batches.Add(bench.Batch);
            }
        );

        foreach (var batch in batches)
            await store.CommitAsync(batch, CancellationToken.None);
        Same(bench.State, await LoadAsync(store));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_state_that_reads_changes_is_the_one_that_was_loaded(int seed)
    {
        var store = new InMemoryBbsStore(TimeProvider.System);
        await store.AcquireLeadershipAsync("node", "", TimeSpan.FromMinutes(1), CancellationToken.None);
        var batches = new List<CommitBatch>();
        Run(
            seed,
            bench =>
            {
                if (bench.Batch is not null)
                    batches.Add(bench.Batch);
            }
        );

        var random = new Random(seed);
        var rows = new StoredRows();
        var state = BbsState.Empty;
        foreach (var batch in batches)
        {
            await store.CommitAsync(batch, CancellationToken.None);
            // Standbys look now and then.
            if (random.Next(5) > 0)
                continue;
            var changes = await store.ReadChangesAsync(state.Revision, CancellationToken.None);
            state = LaterState.Of(state, changes!, rows)!;
            Same(await LoadAsync(store), state);
            StateInvariants.Check(state);
        }
    }

    private static async Task<BbsState> LoadAsync(InMemoryBbsStore store)
    {
        var loader = new StateLoader();
        return loader.ToState(await store.LoadAsync(loader, CancellationToken.None));
    }

    private static void Same(BbsState one, BbsState other)
    {
        Assert.Equal(one.Revision, other.Revision);
        Assert.Equal(one.DesiredLrps.Values, other.DesiredLrps.Values);
        Assert.Equal(one.Processes.Values.SelectMany(rows => rows.All), other.Processes.Values.SelectMany(rows => rows.All));
        Assert.Equal(one.Tasks.Values, other.Tasks.Values);
        Assert.Equal(one.Cells.Values, other.Cells.Values);
        Assert.Equal(one.AbsentCells.Values, other.AbsentCells.Values);
        Assert.Equal(one.CellLosses.Values, other.CellLosses.Values);
        Assert.Equal(one.Domains.Values, other.Domains.Values);
        Assert.Equal(one.Locks.Values, other.Locks.Values);
    }

    private static StateBench Run(int seed, Action<StateBench> afterEach)
    {
        var bench = new StateBench();
        bench.AfterCommand = () => afterEach(bench);
        var commands = new RandomCommands(new Random(seed));
        for (var step = 0; step < Steps; step++)
            commands.Next(bench);
        return bench;
    }
}
