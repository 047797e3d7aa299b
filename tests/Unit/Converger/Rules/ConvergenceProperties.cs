using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Unit.Converger.Rules;

/// <summary>Properties of every decision, whatever the state of the cluster.</summary>
public sealed class ConvergenceProperties
{
    [Fact]
    public void No_row_is_touched_by_two_commands() =>
        ForAll(
            (cluster, commands) =>
            {
                var touched = new HashSet<(LrpKey, SlotRows)>();
                foreach (var command in commands.OfType<ConvergenceCommand.OfSlot>())
                {
                    foreach (var row in new[] { SlotRows.Ordinary, SlotRows.Evacuating, SlotRows.Suspect })
                    {
                        if (command.Touches.HasFlag(row))
                            Assert.True(touched.Add((command.Key, row)), $"{command} meets another command");
                    }
                }
                Assert.Distinct(commands.OfType<ConvergenceCommand.OfTask>().Select(command => command.Task.TaskGuid));
            }
        );

    [Fact]
    public void Settles_in_a_few_rounds() =>
        ForAll(
            (cluster, commands) =>
            {
                for (var round = 0; round < 4 && commands.Count > 0; round++)
                {
                    ModelBbs.Apply(cluster, commands);
                    commands = cluster.Decide();
                }
                Assert.Empty(commands);
            }
        );

    [Fact]
    public void Fills_every_wanted_slot_in_one_round() =>
        ForAll(
            (cluster, commands) =>
            {
                ModelBbs.Apply(cluster, commands);
                foreach (var lrp in cluster.Desired.Values)
                {
                    for (var index = 0; index < lrp.Instances; index++)
                        Assert.Contains((new LrpKey(lrp.ProcessGuid, index), LrpPresence.Ordinary), cluster.Rows.Keys);
                }
            }
        );

    [Fact]
    public void A_domain_that_is_not_fresh_loses_nothing_that_may_serve() =>
        ForAll(
            (cluster, commands) =>
            {
                if (cluster.Snapshot.Around.IsFresh(View.Domain))
                    return;
                foreach (var command in commands)
                {
                    switch (command)
                    {
                        case ConvergenceCommand.Retire:
                            Assert.Fail($"{command}");
                            break;
                        case ConvergenceCommand.RemoveSuspect remove:
                            Assert.True(
                                Ordinary(cluster, remove.Key) is { State: ActualLrpState.Running } replacement
                                    && Standing(cluster, replacement) == CellStanding.Present
                            );
                            break;
                        case ConvergenceCommand.RemoveEvacuating remove:
                            Assert.Equal(CellStanding.Lost, Standing(cluster, remove.Row));
                            break;
                    }
                }
            }
        );

    [Fact]
    public void An_instance_whose_cell_is_not_given_up_is_never_replaced() =>
        ForAll(
            (cluster, commands) =>
            {
                foreach (var command in commands.OfType<ConvergenceCommand.OfRow>())
                {
                    if (command is ConvergenceCommand.Suspect or ConvergenceCommand.Unclaim && command.Row.OnCell)
                        Assert.Equal(CellStanding.Lost, Standing(cluster, command.Row));
                    if (command is ConvergenceCommand.PromoteSuspect)
                        Assert.NotEqual(ActualLrpState.Running, Ordinary(cluster, command.Key)?.State);
                }
            }
        );

    [Fact]
    public void The_same_cluster_gets_the_same_commands() => ForAll((cluster, commands) => Assert.Equal(commands, cluster.Decide()));

    private static void ForAll(Action<Cluster, List<ConvergenceCommand>> holds)
    {
        for (var seed = 0; seed < TestScale.Cases(1_000, nightly: 20_000); seed++)
        {
            var cluster = new RandomCluster(seed).Create();
            try
            {
                holds(cluster, cluster.Decide());
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"cluster of seed {seed}: {e.Message}", e);
            }
        }
    }

    private static ActualView? Ordinary(Cluster cluster, LrpKey key) => cluster.Rows.GetValueOrDefault((key, LrpPresence.Ordinary));

    private static CellStanding Standing(Cluster cluster, ActualView row) => cluster.Snapshot.Around.Standing(row.Instance.CellId);
}
