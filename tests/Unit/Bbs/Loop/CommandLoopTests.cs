using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Bbs;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Commands.Cells;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Events;
using Scheduler.Bbs.Loop;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;
using Scheduler.Models;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Bbs.Loop;

public sealed class CommandLoopTests
{
    [Fact]
    public void What_waits_is_committed_together_and_answered_after() =>
        Run(
            async (world, bench) =>
            {
                bench.Store.Pause();
                var first = bench.Loop.SubmitAsync(Desire("a"), default);
                await world.SettleAsync();
                Task<ulong>[] others = [.. new[] { "b", "c", "d" }.Select(guid => bench.Loop.SubmitAsync(Desire(guid), default))];
                await world.SettleAsync();
                Assert.False(first.IsCompleted);
                Assert.Empty(bench.Loop.State.DesiredLrps);

                bench.Store.Resume();
                await world.SettleAsync();
                Assert.Equal(1ul, await first);
                var revisions = await Task.WhenAll(others);
                Assert.Equal([2ul, 2ul, 2ul], revisions);
                Assert.Equal([1, 3], bench.Store.Batches.Select(batch => batch.DesiredLrps.Upserts.Count));
                Assert.Equal(2ul, bench.Loop.State.Revision);
            }
        );

    [Fact]
    public void What_comes_during_a_commit_is_decided_on_top_of_it_and_shown_to_nobody_before_its_own_commit() =>
        Run(
            async (world, bench) =>
            {
                bench.Store.Pause();
                var first = bench.Loop.SubmitAsync(Desire("a"), default);
                await world.SettleAsync();
                var again = bench.Loop.SubmitAsync(Desire("a"), default);
                var removal = bench.Loop.SubmitAsync(new RemoveDesiredLrp("a"), default);
                var refusal = bench.Loop.SubmitAsync(new RemoveDesiredLrp("nobody"), default);
                await world.SettleAsync();
                // They have left the queue, so they are decided; nobody may know.
                Assert.Equal(0, bench.Loop.Waiting);
                Assert.All((Task[])[first, again, removal, refusal], call => Assert.False(call.IsCompleted));
                Assert.Equal(0ul, bench.Loop.State.Revision);

                bench.Store.Resume();
                await world.SettleAsync();
                Assert.Equal(1ul, await first);
                Assert.Equal(ErrorKind.ResourceExists, (await Assert.ThrowsAsync<DomainException>(() => again)).Kind);
                await removal;
                Assert.Equal(ErrorKind.ResourceNotFound, (await Assert.ThrowsAsync<DomainException>(() => refusal)).Kind);
                Assert.Equal(2, bench.Store.Batches.Count);
                Assert.Empty(bench.Loop.State.DesiredLrps);
            }
        );

    [Fact]
    public void What_was_decided_on_top_of_a_failed_commit_is_decided_again_without_it() =>
        Run(
            async (world, bench) =>
            {
                bench.Store.Pause();
                bench.Store.FailNext(CommitFault.Refused);
                var failed = bench.Loop.SubmitAsync(Desire("a"), default);
                await world.SettleAsync();
                var removal = bench.Loop.SubmitAsync(new RemoveDesiredLrp("a"), default);
                var again = bench.Loop.SubmitAsync(Desire("a"), default);
                await world.SettleAsync();
                Assert.Equal(0, bench.Loop.Waiting);

                bench.Store.Resume();
                await world.SettleAsync();
                Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<DomainException>(() => failed)).Kind);
                Assert.Equal(ErrorKind.ResourceNotFound, (await Assert.ThrowsAsync<DomainException>(() => removal)).Kind);
                Assert.Equal(1ul, await again);
                Assert.Equal(["a"], bench.Loop.State.DesiredLrps.Keys);
                Assert.Equal(bench.Database.Revision, bench.Loop.State.Revision);
            }
        );

    [Fact]
    public void What_was_decided_on_top_of_an_unknown_outcome_is_not_acknowledged() =>
        Run(
            async (world, bench) =>
            {
                bench.Store.Pause();
                bench.Store.FailNext(CommitFault.AnswerLost);
                var first = bench.Loop.SubmitAsync(Desire("a"), default);
                await world.SettleAsync();
                var second = bench.Loop.SubmitAsync(Desire("b"), default);
                await world.SettleAsync();

                bench.Store.Resume();
                await world.SettleAsync();
                await Assert.ThrowsAsync<DomainException>(() => first);
                Assert.Equal(ErrorKind.NotActive, (await Assert.ThrowsAsync<DomainException>(() => second)).Kind);
                await Assert.ThrowsAsync<StoreException>(() => bench.Running);
                Assert.Equal(1, bench.Database.Commits);
            }
        );

    [Fact]
    public void A_command_that_throws_during_a_commit_is_left_out_of_the_next_one() =>
        Run(
            async (world, bench) =>
            {
                bench.Store.Pause();
                var first = bench.Loop.SubmitAsync(Desire("a"), default);
                await world.SettleAsync();
                var second = bench.Loop.SubmitAsync(Desire("b"), default);
                var broken = bench.Loop.SubmitAsync(new Broken(), default);
                await world.SettleAsync();
                bench.Store.Resume();
                await world.SettleAsync();
                await Task.WhenAll(first, second);
                Assert.Equal(ErrorKind.Unknown, (await Assert.ThrowsAsync<DomainException>(() => broken)).Kind);
                Assert.Equal(["a", "b"], bench.Loop.State.DesiredLrps.Keys);
            }
        );

    [Fact]
    public void A_loop_that_is_stopped_during_a_commit_leaves_no_caller_waiting() =>
        Run(
            async (world, bench) =>
            {
                bench.Store.Pause();
                var first = bench.Loop.SubmitAsync(Desire("a"), default);
                await world.SettleAsync();
                var second = bench.Loop.SubmitAsync(Desire("b"), default);
                await world.SettleAsync();
                bench.Stop();
                await world.SettleAsync();
                Assert.Equal(
                    ErrorKind.NotActive,
                    (await Assert.ThrowsAsync<DomainException>(() => bench.Loop.SubmitAsync(Desire("c"), default))).Kind
                );
                bench.Store.Resume();
                await world.SettleAsync();
                await Assert.ThrowsAsync<DomainException>(() => first);
                await Assert.ThrowsAsync<DomainException>(() => second);
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Running);
            }
        );

    [Fact]
    public void A_command_sees_what_those_before_it_in_the_batch_did() =>
        Run(
            async (world, bench) =>
            {
                var first = bench.Loop.SubmitAsync(Desire("a"), default);
                var second = bench.Loop.SubmitAsync(Desire("a"), default);
                var third = bench.Loop.SubmitAsync(new RemoveDesiredLrp("a"), default);
                await world.SettleAsync();
                await first;
                Assert.Equal(ErrorKind.ResourceExists, (await Assert.ThrowsAsync<DomainException>(() => second)).Kind);
                await third;
                var batch = Assert.Single(bench.Store.Batches);
                Assert.Empty(batch.DesiredLrps.Upserts);
                Assert.Equal(["a"], batch.DesiredLrps.Deletes);
            }
        );

    [Fact]
    public void A_failed_commit_leaves_state_events_and_outside_untouched_and_tells_all_its_callers() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(world, Desire("kept"));
                var before = bench.Loop.State;
                bench.FollowUps.Clear();
                bench.Store.FailNext(CommitFault.Refused);
                Task<ulong>[] refused = [bench.Loop.SubmitAsync(Desire("a"), default), bench.Loop.SubmitAsync(Desire("b"), default)];
                await world.SettleAsync();
                foreach (var call in refused)
                    Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<DomainException>(() => call)).Kind);
                Assert.Same(before, bench.Loop.State);
                Assert.Empty(bench.FollowUps);

                await bench.DoAsync(world, Desire("next"));
                Assert.Equal(before.Revision + 1, bench.Loop.State.Revision);
                Assert.Equal(["kept", "next"], bench.Loop.State.DesiredLrps.Keys);
                await using var follower = bench.Events.FollowAsync(before.Revision, _ => true, false, default).GetAsyncEnumerator();
                Assert.True(await follower.MoveNextAsync());
                Assert.Equal("next", follower.Current.DesiredLrpCreated.DesiredLrp.ProcessGuid);
            }
        );

    [Theory]
    [InlineData(CommitFault.AnswerLost)]
    [InlineData(CommitFault.RequestLost)]
    public void An_unknown_outcome_ends_the_loop(CommitFault fault) =>
        Run(
            async (world, bench) =>
            {
                bench.Store.FailNext(fault);
                var call = bench.Loop.SubmitAsync(Desire("a"), default);
                await world.SettleAsync();
                Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<DomainException>(() => call)).Kind);
                Assert.True((await Assert.ThrowsAsync<StoreException>(() => bench.Running)).OutcomeUnknown);
                var late = await Assert.ThrowsAsync<DomainException>(() => bench.Loop.SubmitAsync(Desire("b"), default));
                Assert.Equal(ErrorKind.NotActive, late.Kind);
            }
        );

    [Fact]
    public void A_later_term_ends_the_loop_with_nothing_written() =>
        Run(
            async (world, bench) =>
            {
                await new InMemoryBbsStore(bench.Database, world.Time).AcquireLeadershipAsync("node", "", TimeSpan.FromMinutes(1), default);
                var call = bench.Loop.SubmitAsync(Desire("a"), default);
                await world.SettleAsync();
                Assert.Equal(ErrorKind.NotActive, (await Assert.ThrowsAsync<DomainException>(() => call)).Kind);
                await Assert.ThrowsAsync<LeadershipLostException>(() => bench.Running);
                Assert.Equal(0, bench.Database.Commits);
            }
        );

    [Fact]
    public void A_command_that_throws_is_left_out_and_the_others_are_decided() =>
        Run(
            async (world, bench) =>
            {
                var first = bench.Loop.SubmitAsync(Desire("a"), default);
                var broken = bench.Loop.SubmitAsync(new Broken(), default);
                var last = bench.Loop.SubmitAsync(Desire("c"), default);
                await world.SettleAsync();
                await Task.WhenAll(first, last);
                Assert.Equal(ErrorKind.Unknown, (await Assert.ThrowsAsync<DomainException>(() => broken)).Kind);
                Assert.Equal(["a", "c"], bench.Loop.State.DesiredLrps.Keys);
            }
        );

    [Theory]
    [InlineData(1_000)]
    [InlineData(4)]
    [InlineData(1)]
    public void A_command_whose_row_the_store_will_not_have_fails_alone(int maxBatch) =>
        Run(
            async (world, bench) =>
            {
                // Something is due at every moment: it must not keep the command from being found.
                await bench.DoAsync(world, new UpsertDomain("due", 1));
                bench.Store.Refuses = batch => batch.DesiredLrps.Upserts.Any(lrp => lrp.ProcessGuid is "bad-1" or "bad-2");
                bench.Store.Pause();
                var first = bench.Loop.SubmitAsync(Desire("first"), default);
                await world.AdvanceAsync(2);
                var guids = Enumerable
                    .Range(0, 21)
                    .Select(n =>
                        n switch
                        {
                            3 => "bad-1",
                            20 => "bad-2",
                            _ => $"web-{n}",
                        }
                    )
                    .ToList();
                var calls = guids.ToDictionary(guid => guid, guid => bench.Loop.SubmitAsync(Desire(guid), default));
                bench.Store.Resume();
                await world.AdvanceAsync(1);
                await first;
                foreach (var (guid, call) in calls)
                {
                    if (guid.StartsWith("bad", StringComparison.Ordinal))
                        Assert.Equal(ErrorKind.Unknown, (await Assert.ThrowsAsync<DomainException>(() => call)).Kind);
                    else
                        Assert.True(await call > 0);
                }
                Assert.Equal(
                    guids.Where(guid => guid[0] == 'w').Append("first").Order(StringComparer.Ordinal),
                    bench.Loop.State.DesiredLrps.Keys
                );
                Assert.Empty(bench.Loop.State.Domains);
                Assert.Equal(bench.Database.Revision, bench.Loop.State.Revision);

                // And what comes later is taken together again.
                bench.Store.Batches.Clear();
                bench.Store.Pause();
                var before = bench.Loop.SubmitAsync(Desire("before"), default);
                await world.SettleAsync();
                Task<ulong>[] together = [.. Enumerable.Range(0, 4).Select(n => bench.Loop.SubmitAsync(Desire($"later-{n}"), default))];
                bench.Store.Resume();
                await world.SettleAsync();
                await before;
                await Task.WhenAll(together);
                Assert.Equal(maxBatch == 1 ? 5 : 2, bench.Store.Batches.Count);
            },
            new LoopOptions { MaxBatchCommands = maxBatch }
        );

    [Fact]
    public void A_full_queue_refuses_and_does_nothing() =>
        Run(
            async (world, bench) =>
            {
                bench.Store.Pause();
                var first = bench.Loop.SubmitAsync(Desire("first"), default);
                await world.SettleAsync();
                Task<ulong>[] waiting = [.. Enumerable.Range(0, 8).Select(n => bench.Loop.SubmitAsync(Desire($"w{n}"), default))];
                var refused = await Assert.ThrowsAsync<DomainException>(() => bench.Loop.SubmitAsync(Desire("more"), default));
                Assert.Equal(ErrorKind.Overloaded, refused.Kind);
                bench.Store.Resume();
                await world.SettleAsync();
                await first;
                await Task.WhenAll(waiting);
                Assert.Equal(9, bench.Loop.State.DesiredLrps.Count);
            },
            new LoopOptions { QueueLength = 8 }
        );

    [Fact]
    public void A_large_batch_is_cut_and_goes_on_in_order() =>
        Run(
            async (world, bench) =>
            {
                Task<ulong>[] calls =
                [
                    .. Enumerable.Range(0, 5).Select(n => bench.Loop.SubmitAsync(new DesireLrp(A.DesiredLrp($"w{n}", 5)), default)),
                ];
                await world.SettleAsync();
                var revisions = await Task.WhenAll(calls);
                Assert.Equal([1ul, 1ul, 2ul, 2ul, 3ul], revisions);
            },
            new LoopOptions { MaxBatchRows = 8 }
        );

    [Fact]
    public void A_caller_who_left_before_the_decision_leaves_no_trace() =>
        Run(
            async (world, bench) =>
            {
                bench.Store.Pause();
                var first = bench.Loop.SubmitAsync(Desire("first"), default);
                await world.SettleAsync();
                using var leaving = new CancellationTokenSource();
                var left = bench.Loop.SubmitAsync(Desire("left"), leaving.Token);
                leaving.Cancel();
                bench.Store.Resume();
                await world.SettleAsync();
                await first;
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
                Assert.Equal(["first"], bench.Loop.State.DesiredLrps.Keys);
            }
        );

    [Fact]
    public void What_changes_nothing_is_answered_without_a_commit() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(world, Announce());
                await bench.DoAsync(world, Announce());
                Assert.Single(bench.Store.Batches);
            }
        );

    [Fact]
    public void A_term_that_has_run_out_answers_nothing_from_memory() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(world, Announce());
                bench.MayServe = false;
                var call = bench.Loop.SubmitAsync(Announce(), default);
                await world.SettleAsync();
                Assert.Equal(ErrorKind.NotActive, (await Assert.ThrowsAsync<DomainException>(() => call)).Kind);
            }
        );

    [Fact]
    public void A_silent_cell_and_a_stale_domain_expire_on_their_own_time() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(world, Announce());
                await bench.DoAsync(world, new UpsertDomain("apps", 20));
                await world.AdvanceAsync(14.9);
                Assert.Single(bench.Loop.State.Cells);
                await world.AdvanceAsync(0.2);
                Assert.Empty(bench.Loop.State.Cells);
                Assert.Single(bench.Loop.State.Domains);
                await world.AdvanceAsync(5);
                Assert.Empty(bench.Loop.State.Domains);
            }
        );

    [Fact]
    public void A_renewal_that_waits_behind_a_hanging_commit_is_heard() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(world, Announce());
                bench.Store.Pause();
                var slow = bench.Loop.SubmitAsync(Desire("slow"), default);
                await world.AdvanceAsync(5);
                var renewal = bench.Loop.SubmitAsync(Announce(), default);
                await world.AdvanceAsync(25);
                bench.Store.Resume();
                await world.SettleAsync();
                await Task.WhenAll(slow, renewal);
                Assert.Single(bench.Loop.State.Cells);
                await world.AdvanceAsync(16);
                Assert.Empty(bench.Loop.State.Cells);
            }
        );

    [Fact]
    public void A_process_that_was_stopped_holds_nobody_to_be_silent() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(world, Announce());
                await world.AdvanceAsync(9);
                // Nothing that was due in between happened at its time.
                await world.StandStillAsync(TimeSpan.FromMinutes(1));
                await world.SettleAsync();
                Assert.Single(bench.Loop.State.Cells);
                await world.AdvanceAsync(4);
                Assert.Single(bench.Loop.State.Cells);
                await world.AdvanceAsync(6);
                Assert.Empty(bench.Loop.State.Cells);
            }
        );

    [Fact]
    public void An_expiry_that_cannot_be_committed_is_tried_again() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(world, Announce());
                bench.Store.FailNext(CommitFault.Refused, CommitFault.Refused);
                await world.AdvanceAsync(15.5);
                Assert.Single(bench.Loop.State.Cells);
                await world.AdvanceAsync(3);
                Assert.Empty(bench.Loop.State.Cells);
            }
        );

    [Fact]
    public void What_is_known_at_the_start_gets_a_fresh_time_to_live() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(world, Announce());
                await world.AdvanceAsync(10);
                var next = await LoopBench.StartAsync(world, bench.Database, new LoopOptions());
                await world.AdvanceAsync(14);
                Assert.Single(next.Loop.State.Cells);
                await world.AdvanceAsync(2);
                Assert.Empty(next.Loop.State.Cells);
                next.Stop();
            }
        );

    private static void Run(Func<VirtualWorld, LoopBench, Task> test, LoopOptions? options = null) =>
        VirtualWorld.Run(async world =>
        {
            var bench = await LoopBench.StartAsync(world, new InMemoryDatabase(), options ?? new LoopOptions());
            await test(world, bench);
            bench.Stop();
        });

    private static DesireLrp Desire(string guid) => new(A.DesiredLrp(guid));

    private static AnnounceCell Announce() => new(new CellRow(A.Cell("cell-1"), "run-1", 15_000));

    private sealed class Broken : Command<Done>
    {
        public override Result<Done> Decide(Decision decision)
        {
            decision.State.DeleteDesiredLrp("a");
            throw new InvalidOperationException("a bug, after half of the work");
        }
    }

    private sealed class LoopBench : IFollowUps
    {
        private readonly CancellationTokenSource _stop = new();

        public required InMemoryDatabase Database { get; init; }

        public required FaultyStore Store { get; init; }

        public required EventHub Events { get; init; }

        public CommandLoop Loop { get; private set; } = null!;

        public Task Running { get; private set; } = Task.CompletedTask;

        public List<FollowUp> FollowUps { get; } = [];

        public bool MayServe { get; set; } = true;

        public static async Task<LoopBench> StartAsync(VirtualWorld world, InMemoryDatabase database, LoopOptions options)
        {
            var store = new FaultyStore(new InMemoryBbsStore(database, world.Time));
            var term = await store.AcquireLeadershipAsync("node", "", TimeSpan.FromMinutes(1), default);
            var loader = new StateLoader();
            var state = loader.ToState(await store.LoadAsync(loader, default));
            var bench = new LoopBench
            {
                Database = database,
                Store = store,
                Events = new EventHub(state.Revision, new EventOptions(), world.Time),
            };
            bench.Loop = new CommandLoop(
                state,
                new CommandLoopParts
                {
                    Store = store,
                    Epoch = term.Epoch,
                    Events = bench.Events,
                    FollowUps = bench,
                    Time = world.Time,
                    NewGuid = () => "epoch",
                    MayServe = () => bench.MayServe,
                    Options = options,
                    Metrics = new BbsMetrics(),
                    Logger = NullLogger.Instance,
                }
            );
            bench.Running = bench.Loop.RunAsync(bench._stop.Token);
            return bench;
        }

        public async Task<T> DoAsync<T>(VirtualWorld world, Command<T> command)
        {
            var call = Loop.SubmitAsync(command, default);
            await world.SettleAsync();
            return await call;
        }

        public void Take(IReadOnlyList<FollowUp> followUps) => FollowUps.AddRange(followUps);

        public void Stop() => _stop.Cancel();
    }
}
