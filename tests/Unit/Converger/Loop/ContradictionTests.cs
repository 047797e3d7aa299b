using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Contracts.V1;
using Scheduler.Converger;
using Scheduler.Converger.Loop;
using Scheduler.Converger.Rules;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Tests.TestKit.Time;
using Command = Scheduler.Contracts.V1.ConvergenceCommand;
using CommandCase = Scheduler.Contracts.V1.ConvergenceCommand.CommandOneofCase;

namespace Scheduler.Tests.Unit.Converger.Loop;

/// <summary>
/// A snapshot or an event that contradicts itself is repaired by a rule if one exists; otherwise it raises an alarm that names the row.
/// Each test also has an LRP with a missing instance, which must be created whatever else arrives.
/// </summary>
public sealed class ContradictionTests
{
    private const string Healthy = "healthy";

    [Fact]
    public void Of_two_ordinary_rows_for_a_key_the_later_one_counts_whichever_is_told_first()
    {
        foreach (var laterFirst in new[] { true, false })
        {
            Converging(async told =>
            {
                var (earlier, later) = (told.Running("web", 0, "a"), told.Running("web", 0, "b"));
                (earlier.ActualLrpInstanceKey.InstanceGuid, later.ActualLrpInstanceKey.InstanceGuid) = ("one", "other");
                later.Since += 1_000_000;
                later.ModificationTag.Epoch = "later";
                told.Snapshot([Told.Desired("web", 1), .. (laterFirst ? new[] { later, earlier } : [earlier, later]).Select(Told.Created)]);
                await told.World.AdvanceAsync(1);
                told.IsNamed("Duplicate", "actual LRP web.0 ORDINARY (instance", "other");
                await told.World.AdvanceAsync(20);
                told.Bbs.Tell(Told.CellGone("b"));
                await told.World.AdvanceAsync(1);
                Assert.Equal("later", Assert.Single(told.Commands).Suspect.Epoch);
            });
        }
    }

    [Fact]
    public void What_a_broken_stream_tells_again_is_no_contradiction() =>
        Converging(async told =>
        {
            told.Snapshot(Told.Desired("web", 1), Told.Created(told.Running("web", 0, "a")));
            await told.World.AdvanceAsync(1);
            var changed = told.Running("web", 0, "b");
            told.Bbs.Tell(Told.Desired("web", 1));
            told.Bbs.Tell(Told.Created(changed));
            await told.World.AdvanceAsync(1);
            Assert.Empty(told.Alarms.Errors);
        });

    [Fact]
    public void An_instance_on_a_cell_that_nobody_announced_is_replaced_when_the_cell_has_had_its_time() =>
        Converging(async told =>
        {
            told.Snapshot(Told.Desired("web", 1), Told.Created(told.Running("web", 0, "ghost")));
            await told.World.AdvanceAsync(19);
            Assert.Empty(told.Commands);
            await told.World.AdvanceAsync(2);
            Assert.Equal(CommandCase.Suspect, Assert.Single(told.Commands).CommandCase);
            Assert.Empty(told.Alarms.Counts);
        });

    [Theory]
    [InlineData("")]
    [InlineData("i-1")]
    public void An_instance_that_names_no_cell_is_replaced_and_named(string instance) =>
        Converging(async told =>
        {
            var row = told.Running("web", 0, "");
            row.ActualLrpInstanceKey.InstanceGuid = instance;
            told.Snapshot(Told.Desired("web", 1), Told.Created(row));
            await told.World.AdvanceAsync(21);
            Assert.Equal(CommandCase.Suspect, Assert.Single(told.Commands).CommandCase);
            told.IsNamed("Impossible", "actual LRP web.0 ORDINARY", "RUNNING but has no cell", ignoreCase: true);
        });

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(1_000_000)]
    [InlineData(int.MaxValue)]
    public void An_index_that_no_LRP_can_have_is_retired_when_the_domain_is_fresh_and_named(int index) =>
        Converging(async told =>
        {
            told.Snapshot(Told.Desired("web", 1), Told.Created(told.Running("web", 0, "a")), Told.Created(told.Running("web", index, "a")));
            await told.World.AdvanceAsync(1);
            Assert.Empty(told.Commands);
            told.IsNamed("Impossible", $"actual LRP web.{index}", $"its index {index} is impossible");
            told.Bbs.Tell(Told.DomainFresh());
            await told.World.AdvanceAsync(1);
            Assert.Equal(index, Assert.Single(told.Commands).Retire.ActualLrpKey.Index);
        });

    [Fact]
    public void An_index_beyond_the_desired_ones_is_retired_when_the_domain_is_fresh() =>
        Converging(async told =>
        {
            told.Snapshot(
                Told.DomainFresh(),
                Told.Desired("web", 1),
                Told.Created(told.Running("web", 0, "a")),
                Told.Created(told.Running("web", 1, "a"))
            );
            await told.World.AdvanceAsync(1);
            Assert.Equal(1, Assert.Single(told.Commands).Retire.ActualLrpKey.Index);
            Assert.Empty(told.Alarms.Errors);
        });

    [Fact]
    public void A_row_in_a_state_that_does_not_exist_is_named_and_its_slot_left_alone_until_it_can_be_read() =>
        Converging(async told =>
        {
            var row = told.Running("web", 0, "a");
            row.State = "FLYING";
            told.Snapshot(Told.DomainFresh(), Told.Desired("web", 2), Told.Created(row), Told.Created(told.Running("web", 1, "a")));
            await told.World.AdvanceAsync(100);
            Assert.Empty(told.Commands);
            told.IsNamed("Unreadable", "actual LRP web.0 ORDINARY (instance web-0 on cell a, epoch epoch-web-0)", "FLYING");
            told.Bbs.Tell(new Event { ActualLrpInstanceRemoved = new ActualLRPInstanceRemovedEvent { ActualLrp = row } });
            await told.World.AdvanceAsync(1);
            Assert.Equal([0], Assert.Single(told.Commands).CreateMissing.Indices);
        });

    [Fact]
    public void A_change_to_a_state_that_does_not_exist_leaves_the_slot_alone() =>
        Converging(async told =>
        {
            told.Snapshot(Told.Desired("web", 1), Told.Created(told.Running("web", 0, "a")));
            await told.World.AdvanceAsync(1);
            told.Bbs.Tell(Told.Changed(told.Running("web", 0, "a"), "FLYING"));
            told.Bbs.Tell(Told.CellGone("a"));
            await told.World.AdvanceAsync(100);
            Assert.Empty(told.Commands);
            told.IsNamed("Unreadable", "actual LRP web.0 ORDINARY", "FLYING");
            told.Bbs.Tell(Told.Changed(told.Running("web", 0, "a"), "RUNNING"));
            await told.World.AdvanceAsync(1);
            Assert.Equal(CommandCase.Suspect, Assert.Single(told.Commands).CommandCase);
        });

    [Fact]
    public void A_row_of_a_presence_that_does_not_exist_is_named_and_fills_no_slot() =>
        Converging(async told =>
        {
            var row = told.Running("web", 0, "a");
            row.Presence = (ActualLRP.Types.Presence)7;
            told.Snapshot(Told.Desired("web", 1), Told.Created(row));
            await told.World.AdvanceAsync(1);
            Assert.Equal([0], Assert.Single(told.Commands).CreateMissing.Indices);
            told.IsNamed("Unreadable", "actual LRP web.0 7", "unknown presence 7");
        });

    [Fact]
    public void A_running_instance_without_a_guid_is_named() =>
        Converging(async told =>
        {
            var row = told.Running("web", 0, "a");
            row.ActualLrpInstanceKey.InstanceGuid = "";
            told.Snapshot(Told.Desired("web", 1), Told.Created(row));
            await told.World.AdvanceAsync(1);
            Assert.Empty(told.Commands);
            told.IsNamed("Impossible", "actual LRP web.0 ORDINARY (instance ? on cell a", "no instance guid");
        });

    [Fact]
    public void Rows_without_a_key_are_named_by_what_they_have() =>
        Converging(async told =>
        {
            var (keyless, nameless) = (told.Running("web", 0, "a"), told.Running("web", 1, "a"));
            keyless.ActualLrpKey = null;
            nameless.ActualLrpKey.ProcessGuid = "";
            told.Snapshot(
                Told.Created(keyless),
                Told.Created(nameless),
                Told.Desired("", 1),
                Told.Created(new OneOffTask { State = OneOffTask.Types.State.Pending }),
                Told.CellAppeared(""),
                new Event { ActualLrpInstanceCreated = new ActualLRPInstanceCreatedEvent() }
            );
            await told.World.AdvanceAsync(1);
            Assert.Empty(told.Commands);
            told.IsNamed("Unreadable", "actual LRP ?. ORDINARY (instance web-0 on cell a, epoch epoch-web-0)", "actual_lrp_key is missing");
            told.IsNamed("Unreadable", "actual LRP ?.1 ORDINARY (instance web-1 on cell a, epoch epoch-web-1)", "process_guid is empty");
            told.IsNamed("Unreadable", "desired LRP ?", "process_guid is empty");
            told.IsNamed("Unreadable", "task ?", "task_guid is empty");
            told.IsNamed("Unreadable", "presence of cell ?", "cell_id is empty");
            told.IsNamed("Unreadable", "actual LRP ?.", "actual_lrp is missing");
            Assert.Equal(6, told.Alarms.Counts["ConvergenceContradictions Unreadable"]);
        });

    [Fact]
    public void A_running_task_without_a_cell_fails_and_is_named() =>
        Converging(async told =>
        {
            told.Snapshot(Told.Created(new OneOffTask { TaskGuid = "job", State = OneOffTask.Types.State.Running }));
            await told.World.AdvanceAsync(21);
            Assert.Equal("cell disappeared before completion", Assert.Single(told.Commands).FailTask.FailureReason);
            told.IsNamed("Impossible", "task job", "Running but has no cell");
        });

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void A_task_in_a_state_that_does_not_exist_is_named_and_left_alone(int state) =>
        Converging(async told =>
        {
            told.Snapshot(Told.Created(new OneOffTask { TaskGuid = "job", State = (OneOffTask.Types.State)state }));
            await told.World.AdvanceAsync(3600);
            Assert.Empty(told.Commands);
            told.IsNamed("Unreadable", "task job", $"unknown task state {state}");
        });

    [Theory]
    [InlineData(ActualLRP.Types.Presence.Suspect, CommandCase.RemoveSuspect)]
    [InlineData(ActualLRP.Types.Presence.Evacuating, CommandCase.RemoveEvacuating)]
    public void A_second_row_that_is_unclaimed_is_removed_and_named(ActualLRP.Types.Presence presence, CommandCase expected) =>
        Converging(async told =>
        {
            var row = Told.Unclaimed("web", 0, told.World.Now);
            row.Presence = presence;
            told.Snapshot(Told.Desired("web", 1), Told.Created(told.Running("web", 0, "a")), Told.Created(row));
            await told.World.AdvanceAsync(1);
            Assert.Equal(expected, Assert.Single(told.Commands).CommandCase);
            told.IsNamed("Impossible", $"actual LRP web.0 {presence.ToString().ToUpperInvariant()}", "cannot have a container");
        });

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_count_that_cannot_be_creates_nothing_stops_nothing_and_is_named(int instances) =>
        Converging(async told =>
        {
            told.Snapshot(Told.DomainFresh(), Told.Desired("web", instances), Told.Created(told.Running("web", 0, "a")));
            await told.World.AdvanceAsync(1);
            Assert.Empty(told.Commands);
            told.IsNamed("Impossible", "desired LRP web", $"impossible instance count of {instances}");
            told.Bbs.Tell(Told.Desired("web", 2));
            await told.World.AdvanceAsync(1);
            Assert.Equal([1], Assert.Single(told.Commands).CreateMissing.Indices);
        });

    [Fact]
    public void Two_desired_LRPs_of_a_guid_are_named_and_the_later_one_counts() =>
        Converging(async told =>
        {
            told.Snapshot(Told.Desired("web", 1), Told.Desired("web", 2));
            await told.World.AdvanceAsync(1);
            Assert.Equal([0, 1], Assert.Single(told.Commands).CreateMissing.Indices);
            told.IsNamed("Duplicate", "desired LRP web", "with 1 and with 2 instances");
        });

    [Fact]
    public void A_change_from_one_key_to_another_is_named_and_what_it_says_of_the_second_counts() =>
        Converging(async told =>
        {
            told.Snapshot(Told.Desired("web", 1), Told.Created(told.Running("web", 0, "a")));
            await told.World.AdvanceAsync(1);
            told.Bbs.Tell(
                new Event
                {
                    DesiredLrpChanged = new DesiredLRPChangedEvent
                    {
                        Before = Told.Desired("web", 1).DesiredLrpCreated.DesiredLrp,
                        After = Told.Desired("api", 1).DesiredLrpCreated.DesiredLrp,
                    },
                }
            );
            told.Bbs.Tell(
                new Event
                {
                    TaskChanged = new TaskChangedEvent
                    {
                        Before = new OneOffTask { TaskGuid = "x" },
                        After = new OneOffTask { TaskGuid = "y", State = OneOffTask.Types.State.Pending },
                    },
                }
            );
            told.Bbs.Tell(Told.DomainFresh());
            await told.World.AdvanceAsync(1);
            Assert.Equal(
                ["api"],
                told.Commands.Where(command => command.CommandCase == CommandCase.CreateMissing)
                    .Select(command => command.CreateMissing.ProcessGuid)
            );
            Assert.Equal(
                ["y"],
                told.Commands.Where(command => command.CommandCase == CommandCase.FailTask).Select(command => command.FailTask.TaskGuid)
            );
            told.IsNamed("Impossible", "desired LRP api", "another row, desired LRP web");
            told.IsNamed("Impossible", "task y", "another row, task x");
        });

    [Fact]
    public void A_store_that_is_damaged_as_a_whole_is_counted_in_full_and_named_in_part() =>
        Converging(async told =>
        {
            told.Snapshot([
                .. Enumerable
                    .Range(0, 5000)
                    .Select(index =>
                        Told.Created(
                            new ActualLRP
                            {
                                State = "FLYING",
                                ActualLrpKey = new ActualLRPKey { ProcessGuid = "web", Index = index },
                            }
                        )
                    ),
            ]);
            await told.World.AdvanceAsync(1);
            Assert.Equal(5000, told.Alarms.Counts["ConvergenceContradictions Unreadable"]);
            Assert.Equal(ContradictionAlarm.MaxNamed + 1, told.Alarms.Errors.Count);
            Assert.Contains("further ones are counted", told.Alarms.Errors[^1]);
        });

    [Fact]
    public void A_slot_on_which_the_rules_fail_is_named_and_does_not_keep_them_from_the_others() =>
        Converging(
            async told =>
            {
                told.Snapshot(
                    Told.Desired("web", 1),
                    Told.Desired("api", 1),
                    Told.Created(new OneOffTask { TaskGuid = "job", State = OneOffTask.Types.State.Pending })
                );
                await told.World.AdvanceAsync(1);
                Assert.Equal("api", Assert.Single(told.Commands).CreateMissing.ProcessGuid);
                Assert.Contains(
                    "Undecidable: actual LRP web.0: a convergence rule threw an exception; nothing is done about it",
                    told.Alarms.Errors
                );
                Assert.Contains(
                    "Undecidable: task job: a convergence rule threw an exception; nothing is done about it",
                    told.Alarms.Errors
                );
                Assert.Equal(2, told.Alarms.Counts["ConvergenceContradictions Undecidable"]);
            },
            new Convergence(
                [
                    (in slot, _) => slot.Key.ProcessGuid == "web" ? throw new InvalidOperationException("a bug") : RuleResult.Nothing,
                    .. Convergence.SlotRules,
                ],
                [(_, _) => throw new InvalidOperationException("a bug")]
            )
        );

    private static void Converging(Func<Bench, Task> test, Convergence? rules = null) =>
        VirtualWorld.Run(async world =>
        {
            await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
            using var metrics = new ConvergerMetrics(services.GetRequiredService<IMeterFactory>());
            using var alarms = new Alarms(metrics);
            using var stop = new CancellationTokenSource();
            var bbs = new FakeConvergerBbs();
            var loop = new ConvergerLoop(
                new ConvergerOptions { Seed = 1 },
                bbs,
                () => { },
                metrics,
                new Random(1),
                world.Time,
                alarms,
                rules
            );
            var running = Start();
            await test(new Bench(world, bbs, alarms));
            await world.AdvanceAsync(1);
            Assert.Contains(bbs.Commands, command => command.CreateMissing?.ProcessGuid == Healthy);
            Assert.DoesNotContain("ConvergenceMissed", alarms.Counts.Keys);
            stop.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

            async Task Start()
            {
                // The test prepares the snapshot first.
                await Task.Yield();
                await loop.RunAsync(stop.Token);
            }
        });

    private sealed record Bench(VirtualWorld World, FakeConvergerBbs Bbs, Alarms Alarms)
    {
        /// <summary>
        /// Commands about the test's own rows, without those for the LRP beside them. Each appears once, although it is repeated while it
        /// gets no answer.
        /// </summary>
        public IReadOnlyList<Command> Commands =>
            [.. Bbs.Commands.Where(command => command.CreateMissing?.ProcessGuid != Healthy).DistinctBy(command => command.ToString())];

        public ActualLRP Running(string guid, int index, string cell) => Told.Running(guid, index, cell, World.Now);

        public void Snapshot(params IEnumerable<Event> told)
        {
            // Enough cells that the loss of one does not look like a network failure.
            foreach (var cell in "abcdefghij")
                Bbs.Snapshot.Add(Told.CellAppeared($"{cell}"));
            Bbs.Snapshot.AddRange(told);
            Bbs.Snapshot.Add(Told.Desired(Healthy, 1));
        }

        public void IsNamed(string kind, string row, string why, bool ignoreCase = false)
        {
            var comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
            Assert.Contains(
                Alarms.Errors,
                line => line.StartsWith($"{kind}: {row}", StringComparison.Ordinal) && line.Contains(why, comparison)
            );
            Assert.True(Alarms.Counts.GetValueOrDefault($"ConvergenceContradictions {kind}") > 0);
        }
    }
}
