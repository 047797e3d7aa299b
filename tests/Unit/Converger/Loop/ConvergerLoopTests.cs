using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Contracts.V1;
using Scheduler.Converger;
using Scheduler.Converger.Loop;
using Scheduler.Converger.Rules;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Time;
using CommandCase = Scheduler.Contracts.V1.ConvergenceCommand.CommandOneofCase;

namespace Scheduler.Tests.Unit.Converger.Loop;

public sealed class ConvergerLoopTests
{
    private static readonly ConvergerOptions Options = new() { Seed = 1, RetrySpread = TimeSpan.Zero };

    [Fact]
    public void Creates_what_the_snapshot_lacks() =>
        Converging(
            async (world, bbs) =>
            {
                bbs.Snapshot.AddRange([
                    Told.CellAppeared("a"),
                    Told.Desired("web", 3),
                    Told.Created(Told.Running("web", 1, "a", world.Now)),
                ]);
                await world.AdvanceAsync(1);
                var command = Assert.Single(bbs.Commands);
                Assert.Equal(CommandCase.CreateMissing, command.CommandCase);
                Assert.Equal([0, 2], command.CreateMissing.Indices);
            }
        );

    [Fact]
    public void Does_not_take_a_desire_in_the_middle_of_its_events_for_missing_instances() =>
        Converging(
            async (world, bbs) =>
            {
                await world.AdvanceAsync(1);
                bbs.Tell(Told.Desired("web", 2));
                await world.AdvanceAsync(0.05);
                bbs.Tell(Told.Created(Told.Unclaimed("web", 0, world.Now)));
                bbs.Tell(Told.Created(Told.Unclaimed("web", 1, world.Now)));
                await world.AdvanceAsync(10);
                Assert.Empty(bbs.Commands);
            }
        );

    [Fact]
    public void Acts_when_a_cell_is_lost_and_not_at_the_next_audit() =>
        Converging(
            async (world, bbs) =>
            {
                for (var i = 0; i < 10; i++)
                {
                    bbs.Snapshot.Add(Told.CellAppeared($"cell-{i}"));
                    bbs.Snapshot.Add(Told.Created(Told.Running("web", i, $"cell-{i}", world.Now)));
                }
                bbs.Snapshot.Add(Told.Desired("web", 10));
                await world.AdvanceAsync(60);
                bbs.Tell(Told.CellGone("cell-4"));
                await world.AdvanceAsync(0.2);
                var command = Assert.Single(bbs.Commands);
                Assert.Equal(CommandCase.Suspect, command.CommandCase);
                Assert.Equal(4, command.Suspect.ActualLrpKey.Index);
                Assert.Equal("epoch-web-4", command.Suspect.Epoch);
                Assert.Equal("cell cell-4 is lost", command.Reason);
            }
        );

    [Fact]
    public void Auctions_a_stale_claim_at_its_own_time() =>
        Converging(
            async (world, bbs) =>
            {
                await world.AdvanceAsync(7);
                bbs.Tell(Told.Desired("web", 1));
                bbs.Tell(Told.Created(Told.Unclaimed("web", 0, world.Now)));
                await world.AdvanceAsync(29.9);
                Assert.Empty(bbs.Commands);
                await world.AdvanceAsync(0.1);
                Assert.Equal(CommandCase.Reauction, Assert.Single(bbs.Commands).CommandCase);
            }
        );

    [Fact]
    public void Spreads_retries_that_fall_due_together_and_leaves_none_to_the_audit() =>
        Converging(
            async (world, bbs) =>
            {
                bbs.Snapshot.Add(Told.Desired("web", 800));
                bbs.Snapshot.AddRange(Enumerable.Range(0, 800).Select(i => Told.Created(Told.Unclaimed("web", i, world.Now))));
                await world.AdvanceAsync(29.9);
                Assert.Empty(bbs.Commands);
                var counts = new List<int>();
                for (var second = 0; second < 9; second++)
                {
                    await world.AdvanceAsync(1);
                    counts.Add(bbs.Commands.Count(command => command.CommandCase == CommandCase.Reauction));
                }

                // No second has much more than its eighth, although an audit ran; in the end each was sent once.
                Assert.All(counts.Zip(counts.Prepend(0)), pair => Assert.InRange(pair.First - pair.Second, 0, 130));
                Assert.Equal(800, counts[^1]);
            },
            new ConvergerOptions { Seed = 1 }
        );

    [Fact]
    public void Goes_on_from_the_last_revision_when_the_stream_breaks() =>
        Converging(
            async (world, bbs) =>
            {
                await world.AdvanceAsync(1);
                bbs.Tell(Told.CellAppeared("a"));
                bbs.Tell(Told.CellAppeared("b"));
                await world.AdvanceAsync(1);
                bbs.Break(new DomainError(ErrorKind.Unavailable, "gone"));
                await world.AdvanceAsync(2);
                Assert.True(bbs.Follows[0].Snapshot);
                Assert.False(bbs.Follows[1].Snapshot);
                // The last event's revision may have had more events.
                Assert.Equal(bbs.Revision - 1, bbs.Follows[1].AfterRevision);
                bbs.Tell(Told.Desired("web", 1));
                await world.AdvanceAsync(1);
                Assert.Equal(CommandCase.CreateMissing, Assert.Single(bbs.Commands).CommandCase);
            }
        );

    [Fact]
    public void Takes_a_new_snapshot_when_the_revision_is_gone() =>
        Converging(
            async (world, bbs) =>
            {
                await world.AdvanceAsync(1);
                bbs.Break(new DomainError(ErrorKind.Unavailable, "gone"));
                bbs.RefuseFollow = new DomainError(ErrorKind.RevisionGone, "too old");
                bbs.Snapshot.Add(Told.Desired("web", 1));
                await world.AdvanceAsync(5);
                Assert.Equal([true, false, true], bbs.Follows.Select(request => request.Snapshot));
                Assert.Single(bbs.Commands);
            }
        );

    [Fact]
    public void Decides_nothing_before_the_snapshot_is_whole() =>
        Converging(
            async (world, bbs) =>
            {
                bbs.RefuseFollow = new DomainError(ErrorKind.NotActive, "standby");
                bbs.Snapshot.Add(Told.Desired("web", 1));
                await world.SettleAsync();
                Assert.Empty(bbs.Commands);
                await world.AdvanceAsync(5);
                Assert.Single(bbs.Commands);
            }
        );

    [Fact]
    public void Decides_again_what_did_not_arrive() =>
        Converging(
            async (world, bbs) =>
            {
                var calls = 0;
                bbs.OnApply = request =>
                {
                    calls++;
                    if (calls == 1)
                        throw new DomainError(ErrorKind.Unavailable, "no answer").ToException();
                    bbs.Commands.AddRange(request.Commands);
                    return Task.FromResult(FakeConvergerBbs.Done(request));
                };
                bbs.Snapshot.Add(Told.Desired("web", 2));
                await world.AdvanceAsync(5);
                Assert.Equal(2, calls);
                Assert.Equal([0, 1], Assert.Single(bbs.Commands).CreateMissing.Indices);
            }
        );

    [Fact]
    public void Does_not_repeat_what_was_refused_as_stale() =>
        Converging(
            async (world, bbs) =>
            {
                bbs.OnApply = request =>
                {
                    bbs.Commands.AddRange(request.Commands);
                    var response = new ApplyConvergenceResponse();
                    response.Results.Add(new ConvergenceResult { Error = new Error { Type = Error.Types.Type.StaleVersion } });
                    return Task.FromResult(response);
                };
                bbs.Snapshot.Add(Told.Desired("web", 1));
                await world.AdvanceAsync(40);
                Assert.Single(bbs.Commands);
                await world.AdvanceAsync(10);
                Assert.Equal(2, bbs.Commands.Count);
            }
        );

    [Fact]
    public void Sends_bounded_batches_one_after_the_other() =>
        Converging(
            async (world, bbs) =>
            {
                var answers = new Queue<TaskCompletionSource>();
                bbs.OnApply = async request =>
                {
                    var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    answers.Enqueue(answer);
                    await answer.Task;
                    bbs.Commands.AddRange(request.Commands);
                    return FakeConvergerBbs.Done(request);
                };
                bbs.Snapshot.Add(Told.CellAppeared("a"));
                for (var i = 0; i < 1200; i++)
                {
                    bbs.Snapshot.Add(Told.Desired($"web-{i}", 1));
                    bbs.Snapshot.Add(Told.Created(Told.Unclaimed($"web-{i}", 0, world.Now - TimeSpan.FromMinutes(1))));
                }
                await world.AdvanceAsync(1);
                Assert.Equal([500], bbs.Batches);
                answers.Dequeue().SetResult();
                await world.AdvanceAsync(1);
                Assert.Equal([500, 500], bbs.Batches);
                answers.Dequeue().SetResult();
                await world.AdvanceAsync(1);
                answers.Dequeue().SetResult();
                await world.AdvanceAsync(1);
                Assert.Equal([500, 500, 200], bbs.Batches);
                Assert.Equal(1200, bbs.Commands.Count);
            }
        );

    [Fact]
    public void Looks_at_all_of_a_large_snapshot_at_once_and_not_at_a_part_with_each_event() =>
        Converging(
            async (world, bbs) =>
            {
                bbs.Snapshot.Add(Told.CellAppeared("a"));
                for (var i = 0; i < 2 * ConvergerEngine.MaxPerStep; i++)
                {
                    bbs.Snapshot.Add(Told.Desired($"web-{i}", 1));
                    bbs.Snapshot.Add(Told.Created(Told.Running($"web-{i}", 0, "a", world.Now)));
                }
                bbs.Snapshot.Add(Told.Desired("last", 1));
                await world.AdvanceAsync(1);
                Assert.Equal("last", Assert.Single(bbs.Commands).CreateMissing.ProcessGuid);
            }
        );

    [Fact]
    public void Says_when_an_audit_finds_what_the_steps_missed()
    {
        // A rule whose result changes with time, but which does not return when.
        var until = DateTimeOffset.MaxValue;
        SlotRule forgetful = (in slot, context) =>
            context.Now >= until && slot.Ordinary is { } row
                ? RuleResult.Do(new Scheduler.Converger.Rules.Terms.ConvergenceCommand.Reauction(row, "late"))
                : RuleResult.Nothing;
        Converging(
            async (world, bbs, alarms) =>
            {
                until = world.Now + TimeSpan.FromSeconds(20);
                bbs.Snapshot.AddRange([
                    Told.CellAppeared("a"),
                    Told.Desired("web", 1),
                    Told.Created(Told.Running("web", 0, "a", world.Now)),
                ]);
                await world.AdvanceAsync(29);
                Assert.Empty(bbs.Commands);
                Assert.Empty(alarms.Errors);
                await world.AdvanceAsync(2);
                Assert.Equal(CommandCase.Reauction, Assert.Single(bbs.Commands).CommandCase);
                Assert.Equal(
                    "Audit found 1 commands that no event or timer had triggered; they are sent now, but this is a bug",
                    Assert.Single(alarms.Errors)
                );
                Assert.Equal(1, alarms.Counts["ConvergenceMissed"]);
            },
            new Convergence([forgetful, .. Convergence.SlotRules], Convergence.TaskRules)
        );
    }

    [Fact]
    public void An_event_that_nobody_can_read_does_not_stop_the_others() =>
        Converging(
            async (world, bbs) =>
            {
                await world.AdvanceAsync(1);
                bbs.Tell(Told.Unreadable());
                bbs.Tell(new Event { TaskCreated = new TaskCreatedEvent() });
                bbs.Tell(Told.Desired("web", 1));
                await world.AdvanceAsync(1);
                Assert.Single(bbs.Commands);
            }
        );

    [Fact]
    public void Is_quiet_when_all_is_well() =>
        Converging(
            async (world, bbs) =>
            {
                bbs.Snapshot.AddRange([
                    Told.CellAppeared("a"),
                    Told.Desired("web", 1),
                    Told.Created(Told.Running("web", 0, "a", world.Now)),
                ]);
                await world.AdvanceAsync(3600);
                Assert.Empty(bbs.Batches);
                Assert.Single(bbs.Follows);
            }
        );

    [Fact]
    public void Decides_nothing_while_the_stream_is_lost() =>
        Converging(
            async (world, bbs) =>
            {
                Fleet(bbs, world, 10);
                await world.AdvanceAsync(60);
                for (var i = 0; i < 5; i++)
                    bbs.Tell(Told.CellGone($"cell-{i}"));
                await world.AdvanceAsync(1.5);
                Assert.Equal(2, bbs.Commands.Count);
                // From here on the BBS is silent: on the stream that breaks and on the one that replaces it.
                bbs.Silent = true;
                bbs.Break(new DomainError(ErrorKind.Unavailable, "gone"));
                await world.AdvanceAsync(120);
                Assert.Equal(2, bbs.Commands.Count);
                // The first events that it sends say that four of them have long been back.
                bbs.Silent = false;
                for (var i = 1; i < 5; i++)
                    bbs.Missed.Add(Told.CellAppeared($"cell-{i}"));
                bbs.Break(new DomainError(ErrorKind.Unavailable, "gone again"));
                await world.AdvanceAsync(60);
                // Those that had been given up before, and no others.
                Assert.Equal([0, 1], Suspects(bbs));
            }
        );

    [Fact]
    public void A_new_snapshot_gives_cells_time_and_then_paces_those_that_are_missing() =>
        Converging(
            async (world, bbs) =>
            {
                Fleet(bbs, world, 10, present: 5);
                await world.AdvanceAsync(19.9);
                Assert.Empty(bbs.Commands);
                Assert.Equal(
                    (CellLoss.Types.Mode.Held, 5, 5),
                    (bbs.Reports[^1].Loss.Mode, bbs.Reports[^1].Loss.Unheard, bbs.Reports[^1].Loss.Present)
                );
                await world.AdvanceAsync(0.5);
                Assert.Single(bbs.Commands);
                for (var lost = 2; lost <= 5; lost++)
                {
                    await world.AdvanceAsync(1);
                    Assert.Equal(lost, bbs.Commands.Count);
                }
            }
        );

    [Fact]
    public void Tells_operators_how_far_a_paced_loss_is() =>
        Converging(
            async (world, bbs) =>
            {
                Fleet(bbs, world, 10);
                await world.AdvanceAsync(60);
                for (var i = 0; i < 3; i++)
                    bbs.Tell(Told.CellGone($"cell-{i}"));
                await world.AdvanceAsync(10);
                Assert.Equal(
                    ["Paced 2 of 9, lost cell-0", "Paced 1 of 8, lost cell-1", "AtOnce 0 of 0, lost cell-2"],
                    bbs.Reports.Select(report =>
                        $"{report.Loss.Mode} {report.Loss.Unheard} of {report.Loss.Unheard + report.Loss.Present}, lost {string.Join(' ', report.LostCellIds)}"
                    )
                );
                Assert.Equal(1, bbs.Reports[0].Loss.CellsPerSecond);
                await world.AdvanceAsync(600);
                Assert.Equal(3, bbs.Reports.Count);
            }
        );

    [Fact]
    public void Tells_it_again_when_the_report_did_not_arrive() =>
        Converging(
            async (world, bbs) =>
            {
                Fleet(bbs, world, 10);
                await world.AdvanceAsync(60);
                bbs.OnReport = _ =>
                {
                    bbs.OnReport = null;
                    throw new DomainError(ErrorKind.Unavailable, "no answer").ToException();
                };
                bbs.Tell(Told.CellGone("cell-0"));
                await world.AdvanceAsync(5);
                Assert.Equal(
                    [
                        ["cell-0"],
                        ["cell-0"],
                    ],
                    bbs.Reports.Select(report => report.LostCellIds.ToArray())
                );
            }
        );

    [Fact]
    public void Mends_what_a_predecessor_told() =>
        Converging(
            async (world, bbs) =>
            {
                Fleet(bbs, world, 3);
                bbs.Snapshot.Add(
                    new Event
                    {
                        CellLossChanged = new CellLossChangedEvent
                        {
                            Loss = new CellLoss { Mode = CellLoss.Types.Mode.Paced, Unheard = 7 },
                        },
                    }
                );
                await world.AdvanceAsync(5);
                Assert.Equal(CellLoss.Types.Mode.AtOnce, Assert.Single(bbs.Reports).Loss.Mode);
            }
        );

    [Fact]
    public void An_operators_word_comes_before_the_pace() =>
        Converging(
            async (world, bbs) =>
            {
                Fleet(bbs, world, 10);
                await world.AdvanceAsync(60);
                for (var i = 0; i < 5; i++)
                    bbs.Tell(Told.CellGone($"cell-{i}"));
                bbs.Tell(Told.Absent("cell-0", AbsentCell.Types.Verdict.Keep, keepUntil: world.Now + TimeSpan.FromHours(1)));
                bbs.Tell(Told.Absent("cell-1", AbsentCell.Types.Verdict.Keep, keepUntil: world.Now + TimeSpan.FromHours(1)));
                bbs.Tell(Told.Absent("cell-4", AbsentCell.Types.Verdict.Lose));
                await world.AdvanceAsync(0.2);
                Assert.Equal([2, 4], Suspects(bbs));
                await world.AdvanceAsync(600);
                Assert.Equal([2, 3, 4], Suspects(bbs));
                Assert.Equal(CellLoss.Types.Mode.AtOnce, bbs.Reports[^1].Loss.Mode);
                bbs.Tell(Told.Absent("cell-0", AbsentCell.Types.Verdict.Lose));
                await world.AdvanceAsync(0.2);
                Assert.Equal([0, 2, 3, 4], Suspects(bbs));
                await world.AdvanceAsync(3600);
                Assert.Equal([0, 1, 2, 3, 4], Suspects(bbs));
            }
        );

    [Fact]
    public void A_word_that_was_given_before_this_converger_began_counts() =>
        Converging(
            async (world, bbs) =>
            {
                Fleet(bbs, world, 10, present: 8);
                bbs.Snapshot.Add(Told.Absent("cell-8", AbsentCell.Types.Verdict.Keep, keepUntil: world.Now + TimeSpan.FromHours(1)));
                bbs.Snapshot.Add(Told.Absent("cell-9", AbsentCell.Types.Verdict.Lose));
                await world.AdvanceAsync(1);
                Assert.Equal([9], Suspects(bbs));
                await world.AdvanceAsync(3590);
                Assert.Equal([9], Suspects(bbs));
                await world.AdvanceAsync(20);
                Assert.Equal([8, 9], Suspects(bbs));
            }
        );

    private static void Fleet(FakeConvergerBbs bbs, VirtualWorld world, int cells, int present = int.MaxValue)
    {
        bbs.Snapshot.Add(Told.Desired("web", cells));
        for (var i = 0; i < cells; i++)
        {
            if (i < present)
                bbs.Snapshot.Add(Told.CellAppeared($"cell-{i}"));
            bbs.Snapshot.Add(Told.Created(Told.Running("web", i, $"cell-{i}", world.Now)));
        }
    }

    // Commands have no effect here and are repeated.
    private static int[] Suspects(FakeConvergerBbs bbs) =>
        [
            .. bbs
                .Commands.Where(command => command.CommandCase == CommandCase.Suspect)
                .Select(command => command.Suspect.ActualLrpKey.Index)
                .Distinct()
                .Order(),
        ];

    private static void Converging(Func<VirtualWorld, FakeConvergerBbs, Task> test, ConvergerOptions? options = null) =>
        Converging((world, bbs, _) => test(world, bbs), rules: null, options);

    private static void Converging(
        Func<VirtualWorld, FakeConvergerBbs, Alarms, Task> test,
        Convergence? rules,
        ConvergerOptions? options = null
    ) =>
        VirtualWorld.Run(async world =>
        {
            await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
            using var metrics = new ConvergerMetrics(services.GetRequiredService<IMeterFactory>());
            using var alarms = new Alarms(metrics);
            using var stop = new CancellationTokenSource();
            var bbs = new FakeConvergerBbs();
            var loop = new ConvergerLoop(options ?? Options, bbs, () => { }, metrics, new Random(1), world.Time, alarms, rules);
            var running = Start();
            await test(world, bbs, alarms);
            stop.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

            async Task Start()
            {
                // The test prepares the snapshot first.
                await Task.Yield();
                await loop.RunAsync(stop.Token);
            }
        });
}
