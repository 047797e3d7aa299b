using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Commands.Cells;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Commands.Locks;
using Scheduler.Bbs.Commands.Tasks;
using Scheduler.Bbs.Outbound;
using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Bbs.Outbound;

/// <summary>A whole node on virtual time, with fakes for everybody whom it calls.</summary>
public sealed class OutboundTests
{
    [Fact]
    public void A_refused_start_is_offered_again_and_one_that_found_a_cell_is_not() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(Auctioneer("run-1"));
                bench.Clients.Auctioneer.Refusals = 3;
                await bench.DoAsync(new DesireLrp(A.DesiredLrp("web", 2)));
                await world.SettleAsync();
                Assert.Empty(bench.Clients.Auctioneer.Starts);
                await bench.DoAsync(new ClaimActualLrp(A.Claim("web", 0, A.Instance("i-0"))));
                await world.AdvanceAsync(30);
                Assert.Equal(["web/1"], bench.Clients.Auctioneer.Starts);
                Assert.Equal(4, bench.Clients.Auctioneer.Requests);
            }
        );

    [Fact]
    public void A_new_auctioneer_gets_everything_that_waits() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(Auctioneer("run-1"));
                await bench.DoAsync(new DesireLrp(A.DesiredLrp("web", 2)));
                await bench.DoAsync(new DesireTask(A.Task("job")));
                await world.SettleAsync();
                Assert.Equal(["web/0", "web/1", "job"], bench.Clients.Auctioneer.Starts);

                await world.AdvanceAsync(16);
                Assert.Empty(bench.Node.Active.State.Locks);
                await bench.DoAsync(Auctioneer("run-2"));
                await world.AdvanceAsync(1);
                Assert.Equal(["web/0", "web/1", "job", "web/0", "web/1", "job"], bench.Clients.Auctioneer.Starts);
            }
        );

    [Fact]
    public void Nothing_is_kept_for_an_auctioneer_that_is_not_there() =>
        Run(
            async (world, bench) =>
            {
                foreach (var guid in (string[])["one", "two", "three"])
                {
                    await bench.DoAsync(new DesireLrp(A.DesiredLrp(guid, 100)));
                    await bench.DoAsync(new DesireTask(A.Task($"job-{guid}")));
                    await bench.DoAsync(new RemoveDesiredLrp(guid));
                }

                await world.SettleAsync();
                Assert.Equal(0, bench.Node.Active.Outbound.AuctionsWaiting);

                await bench.DoAsync(new DesireLrp(A.DesiredLrp("web", 2)));
                await world.SettleAsync();
                await bench.DoAsync(Auctioneer("run-1"));
                await world.SettleAsync();
                Assert.Equal(
                    ["job-one", "job-three", "job-two", "web/0", "web/1"],
                    bench.Clients.Auctioneer.Starts.Order(StringComparer.Ordinal)
                );
            }
        );

    [Fact]
    public void Requests_are_bounded_in_size() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(Auctioneer("run-1"));
                await bench.DoAsync(new DesireLrp(A.DesiredLrp("web", 25)));
                await world.SettleAsync();
                Assert.Equal(25, bench.Clients.Auctioneer.Starts.Count);
                Assert.Equal(3, bench.Clients.Auctioneer.Requests);
            },
            new OutboundOptions { MaxStartsPerRequest = 10 }
        );

    [Fact]
    public void Processes_take_turns_whatever_their_names_and_numbers() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(new DesireLrp(A.DesiredLrp("aaa", 100)));
                await bench.DoAsync(new DesireLrp(A.DesiredLrp("zzz", 2)));
                await bench.DoAsync(new DesireTask(A.Task("job")));
                await bench.DoAsync(Auctioneer("run-1"));
                await world.SettleAsync();

                // The first request of LRPs and the first of tasks.
                Assert.Equal(
                    ["aaa/0", "aaa/1", "aaa/2", "job", "zzz/0", "zzz/1"],
                    bench.Clients.Auctioneer.Starts.Take(6).Order(StringComparer.Ordinal)
                );
                Assert.Equal(103, bench.Clients.Auctioneer.Starts.Distinct().Count());
                Assert.Equal(103, bench.Clients.Auctioneer.Starts.Count);
            },
            new OutboundOptions { MaxStartsPerRequest = 5 }
        );

    [Fact]
    public void Starts_after_crashes_are_told_apart_and_let_first_starts_go_before() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(Auctioneer("run-1"));
                await bench.DoAsync(new DesireLrp(A.DesiredLrp("crashing", 20)));
                await world.AdvanceAsync(16);
                Assert.Equal((20, 0), (bench.Clients.Auctioneer.Starts.Count, bench.Clients.Auctioneer.Restarts.Count));
                for (var index = 0; index < 20; index++)
                {
                    await bench.DoAsync(new StartActualLrp(A.Start("crashing", index, A.Instance($"i-{index}"))));
                    await bench.DoAsync(new CrashActualLrp(A.Crash("crashing", index, A.Instance($"i-{index}"))));
                }
                await bench.DoAsync(new DesireLrp(A.DesiredLrp("fresh", 8)));
                await bench.DoAsync(Auctioneer("run-2"));
                await world.SettleAsync();

                var starts = bench.Clients.Auctioneer.Starts.Skip(20).ToList();
                Assert.Equal(8, starts.Take(10).Count(start => start.StartsWith("fresh", StringComparison.Ordinal)));
                Assert.Equal(28, starts.Count);
                Assert.Equal(
                    starts.Where(start => start.StartsWith("crashing", StringComparison.Ordinal)),
                    bench.Clients.Auctioneer.Restarts
                );
            },
            new OutboundOptions { MaxStartsPerRequest = 10 }
        );

    [Fact]
    public void A_rep_that_does_not_take_a_stop_is_asked_five_times() =>
        Run(
            async (world, bench) =>
            {
                await Running(bench);
                bench.Clients.Reps.Answer = _ => new DomainError(ErrorKind.Unavailable, "by the test");
                await bench.DoAsync(new RemoveDesiredLrp("web"));
                await world.AdvanceAsync(60);
                Assert.Equal(Enumerable.Repeat("stop web/0 on http://cell-1:1801", 5), bench.Clients.Reps.Calls);
            }
        );

    [Fact]
    public void A_stop_whose_row_is_gone_meanwhile_is_not_tried_again() =>
        Run(
            async (world, bench) =>
            {
                await Running(bench);
                bench.Clients.Reps.Answer = _ => new DomainError(ErrorKind.Unavailable, "by the test");
                await bench.DoAsync(new RemoveDesiredLrp("web"));
                await bench.DoAsync(new RemoveActualLrp(new RemoveActualLRPRequest { ProcessGuid = "web" }));
                await world.AdvanceAsync(60);
                Assert.Single(bench.Clients.Reps.Calls);
            }
        );

    [Fact]
    public void A_container_that_the_rep_does_not_know_is_stopped() =>
        Run(
            async (world, bench) =>
            {
                await Running(bench);
                bench.Clients.Reps.Answer = _ => DomainError.NotFound("container");
                await bench.DoAsync(new RemoveDesiredLrp("web"));
                await world.AdvanceAsync(60);
                Assert.Single(bench.Clients.Reps.Calls);
            }
        );

    [Fact]
    public void An_update_brings_the_routes_and_tags_of_that_moment() =>
        Run(
            async (world, bench) =>
            {
                await Running(bench);
                var update = new DesiredLRPUpdate { Routes = A.Routes("internal-router", """[{"hostname":"web.internal"}]""") };
                await bench.DoAsync(new UpdateDesiredLrp("web", update));
                await world.SettleAsync();
                Assert.True(bench.Clients.Reps.Updates.TryDequeue(out var told));
                Assert.Equal("web.internal", Assert.Single(told.InternalRoutes).Hostname);
                Assert.Equal("web", told.MetricTags["source_id"]);
            }
        );

    [Fact]
    public void A_call_that_breaks_keeps_no_other_from_being_made() =>
        Run(
            async (world, bench) =>
            {
                await Running(bench);
                var breaks = true;
                bench.Clients.Reps.Answer = _ => breaks ? throw new InvalidOperationException("by the test") : null;
                await bench.DoAsync(new UpdateDesiredLrp("web", new DesiredLRPUpdate { Routes = A.Routes("internal-router", "[]") }));
                await world.SettleAsync();
                breaks = false;
                await bench.DoAsync(new RemoveDesiredLrp("web"));
                await world.SettleAsync();
                Assert.Equal(["update web/0 on http://cell-1:1801", "stop web/0 on http://cell-1:1801"], bench.Clients.Reps.Calls);
            },
            new OutboundOptions { RepWorkers = 1 }
        );

    [Fact]
    public void A_request_that_cannot_even_be_made_is_tried_again_like_any_other() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(Auctioneer("run-1"));
                bench.Clients.Auctioneer.IsBroken = true;
                await bench.DoAsync(new DesireLrp(A.DesiredLrp("web")));
                await world.AdvanceAsync(5);
                Assert.True(bench.Clients.Auctioneer.Requests > 1);
                Assert.True(bench.Node.IsActive);
                bench.Clients.Auctioneer.IsBroken = false;
                await world.AdvanceAsync(5);
                Assert.Equal(["web/0"], bench.Clients.Auctioneer.Starts);
                Assert.Equal(1, bench.Node.Active.Epoch);
            }
        );

    [Fact]
    public void A_bug_in_the_commit_ends_the_term_and_never_the_node() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(new DesireLrp(A.DesiredLrp("kept")));
                bench.Store.FailNext(CommitFault.Broken);
                var failed = await Assert.ThrowsAsync<DomainException>(() => bench.DoAsync(new DesireLrp(A.DesiredLrp("lost"))));
                Assert.Equal(ErrorKind.Unavailable, failed.Kind);
                await world.AdvanceAsync(60);
                Assert.False(bench.Running.IsCompleted);
                Assert.Equal(2, bench.Node.Active.Epoch);
                Assert.Equal(["kept"], bench.Node.Active.State.DesiredLrps.Keys);
            }
        );

    [Fact]
    public void A_cancelled_task_is_cancelled_on_its_cell() =>
        Run(
            async (world, bench) =>
            {
                await Running(bench);
                await bench.DoAsync(new DesireTask(A.Task("job")));
                await bench.DoAsync(new StartTask(new StartTaskRequest { TaskGuid = "job", CellId = "cell-1" }));
                await bench.DoAsync(new CancelTask("job"));
                await world.SettleAsync();
                Assert.Equal(["cancel job on http://cell-1:1801"], bench.Clients.Reps.Calls);
            }
        );

    [Theory]
    [InlineData(1, null, CallbackOutcome.Delivered)]
    [InlineData(3, null, CallbackOutcome.TryAgain, CallbackOutcome.TryAgain, CallbackOutcome.Delivered)]
    [InlineData(3, "Resolving", CallbackOutcome.TryAgain, CallbackOutcome.TryAgain, CallbackOutcome.TryAgain)]
    [InlineData(1, "Resolving", CallbackOutcome.Failed)]
    public void A_callback_is_tried_as_long_as_it_is_worth_it(int tries, string? state, params CallbackOutcome[] outcomes) =>
        Run(
            async (world, bench) =>
            {
                foreach (var outcome in outcomes)
                    bench.Clients.Callbacks.Outcomes.Enqueue(outcome);
                await bench.DoAsync(new DesireTask(A.Task("job", "http://client/done")));
                await bench.DoAsync(new CancelTask("job"));
                await world.AdvanceAsync(1);
                Assert.Equal(tries, bench.Clients.Callbacks.Bodies.Count);
                Assert.Equal(state, bench.Node.Active.State.Tasks.GetValueOrDefault("job")?.State.ToString());
            }
        );

    [Fact]
    public void The_next_term_takes_up_what_the_one_before_left() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(new DesireLrp(A.DesiredLrp("web")));
                await bench.DoAsync(new DesireTask(A.Task("waiting")));
                bench.Clients.Callbacks.Outcomes.Enqueue(CallbackOutcome.Failed);
                await bench.DoAsync(Auctioneer("run-1"));
                await world.SettleAsync();

                bench.Stop();
                var next = new NodeBench(world, bench.Database, "node-2", new OutboundOptions());
                await world.AdvanceAsync(2);
                Assert.Equal(["web/0", "waiting"], next.Clients.Auctioneer.Starts);
                next.Stop();
            }
        );

    [Fact]
    public void A_node_that_cannot_renew_stops_before_another_may_lead() =>
        Run(
            async (world, bench) =>
            {
                var other = new NodeBench(world, bench.Database, "node-2", new OutboundOptions());
                await world.AdvanceAsync(5);
                Assert.False(other.Node.IsActive);
                Assert.Contains("http://node-1", Assert.Throws<DomainException>(() => other.Node.Active).Message, StringComparison.Ordinal);

                bench.Store.Broken = true;
                for (var tenth = 0; tenth < 300 && !other.Node.IsActive; tenth++)
                {
                    await world.AdvanceAsync(0.1);
                    Assert.False(bench.Node.IsActive && other.Node.IsActive);
                }
                Assert.True(other.Node.IsActive);
                bench.Store.Broken = false;
                await world.AdvanceAsync(5);
                Assert.False(bench.Node.IsActive);
                other.Stop();
            }
        );

    [Fact]
    public void A_node_that_stops_hands_over_at_once() =>
        Run(
            async (world, bench) =>
            {
                var other = new NodeBench(world, bench.Database, "node-2", new OutboundOptions());
                await world.SettleAsync();
                bench.Stop();
                await world.AdvanceAsync(1.1);
                Assert.True(other.Node.IsActive);
                other.Stop();
            }
        );

    [Fact]
    public void A_lock_that_nobody_could_renew_for_its_time_to_live_is_free_when_a_BBS_leads_again() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(Auctioneer("run-1"));
                bench.Store.Broken = true;
                bench.Stop();
                await world.AdvanceAsync(60);

                var next = new NodeBench(world, bench.Database, "node-2", new OutboundOptions());
                await world.SettleAsync();
                await next.DoAsync(Auctioneer("run-2"));
                next.Stop();
            }
        );

    [Fact]
    public void A_lock_outlives_a_takeover_and_is_free_a_time_to_live_after_the_term_in_which_it_was_renewed() =>
        Run(
            async (world, bench) =>
            {
                await bench.DoAsync(Auctioneer("run-1"));
                bench.Store.Broken = true;
                bench.Stop();
                await world.AdvanceAsync(20);

                // The term of 15 s ended 5 s ago, so that 10 s are left of the lock's 15.
                var next = new NodeBench(world, bench.Database, "node-2", new OutboundOptions());
                await world.AdvanceAsync(9);
                Assert.Equal(
                    ErrorKind.LockCollision,
                    (await Assert.ThrowsAsync<DomainException>(() => next.DoAsync(Auctioneer("run-2")))).Kind
                );
                await world.AdvanceAsync(2);
                await next.DoAsync(Auctioneer("run-2"));
                next.Stop();
            }
        );

    [Fact]
    public void A_lock_does_not_run_out_because_the_stores_clock_jumps() =>
        Run(
            async (world, bench) =>
            {
                var other = new NodeBench(world, bench.Database, "node-2", new OutboundOptions());
                await world.AdvanceAsync(5);
                await bench.DoAsync(Auctioneer("run-1"));
                other.Store.ClockJump = TimeSpan.FromMinutes(1);
                bench.Stop();
                await world.AdvanceAsync(2);
                Assert.Equal(
                    ErrorKind.LockCollision,
                    (await Assert.ThrowsAsync<DomainException>(() => other.DoAsync(Auctioneer("run-2")))).Kind
                );
                await other.DoAsync(Auctioneer("run-1"));
                other.Stop();
            }
        );

    [Fact]
    public void An_unknown_outcome_is_resolved_by_loading_again() =>
        Run(
            async (world, bench) =>
            {
                bench.Store.FailNext(CommitFault.AnswerLost);
                var lost = await Assert.ThrowsAsync<DomainException>(() => bench.DoAsync(new DesireLrp(A.DesiredLrp("web"))));
                Assert.Equal(ErrorKind.Unavailable, lost.Kind);
                await world.AdvanceAsync(2);
                Assert.Equal(["web"], bench.Node.Active.State.DesiredLrps.Keys);
                Assert.Equal(2, bench.Node.Active.Epoch);
            }
        );

    private static void Run(Func<VirtualWorld, NodeBench, Task> test, OutboundOptions? outbound = null) =>
        VirtualWorld.Run(async world =>
        {
            var bench = new NodeBench(world, new InMemoryDatabase(), "node-1", outbound ?? new OutboundOptions());
            await world.SettleAsync();
            await test(world, bench);
            bench.Stop();
            await world.SettleAsync();
        });

    private static AcquireLock Auctioneer(string owner) => new(new LockRow("auctioneer", owner, "http://auctioneer", 15_000));

    private static async Task Running(NodeBench bench)
    {
        await bench.DoAsync(new AnnounceCell(new CellRow(A.Cell("cell-1"), "run-1", 600_000)));
        await bench.DoAsync(new DesireLrp(A.DesiredLrp("web")));
        await bench.DoAsync(new StartActualLrp(A.Start("web", 0, A.Instance("i-0"))));
    }
}
