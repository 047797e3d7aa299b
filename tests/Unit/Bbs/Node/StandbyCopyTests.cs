using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Outbound;
using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Bbs.Node;

/// <summary>A standby follows the store, so that it takes over without loading everything.</summary>
public sealed class StandbyCopyTests
{
    [Fact]
    public void Takes_over_with_what_was_committed_last_and_loads_nothing() =>
        VirtualWorld.Run(async world =>
        {
            var database = new InMemoryDatabase();
            var active = new NodeBench(world, database, "node-1", new OutboundOptions());
            await world.SettleAsync();
            await active.DoAsync(new DesireLrp(A.DesiredLrp("early")));
            var standby = new NodeBench(world, database, "node-2", new OutboundOptions());
            await world.AdvanceAsync(3);
            Assert.True(standby.Node.HasCopy);
            Assert.Equal(1, standby.Store.Loads);

            await active.DoAsync(new RemoveDesiredLrp("early"));
            await active.DoAsync(new DesireLrp(A.DesiredLrp("last")));
            active.Store.Broken = true;
            await world.AdvanceAsync(17);
            Assert.True(standby.Node.IsActive);
            Assert.False(standby.Node.HasCopy);
            Assert.Equal("last", Assert.Single(standby.Node.Active.State.DesiredLrps).Key);
            Assert.Equal("last", Assert.Single(standby.Node.Active.State.Processes).Key);
            Assert.Equal(1, standby.Store.Loads);

            // What it decides goes on from there, and the other one has lost its state with its term.
            await standby.DoAsync(new DesireLrp(A.DesiredLrp("next")));
            active.Store.Broken = false;
            standby.Stop();
            await world.AdvanceAsync(17);
            Assert.True(active.Node.IsActive);
            Assert.Equal(["last", "next"], active.Node.Active.State.DesiredLrps.Keys);
            active.Stop();
        });

    [Fact]
    public void Loads_everything_when_the_store_does_not_know_all_changes() =>
        VirtualWorld.Run(async world =>
        {
            var database = new InMemoryDatabase();
            var active = new NodeBench(world, database, "node-1", new OutboundOptions());
            await world.SettleAsync();
            var standby = new NodeBench(world, database, "node-2", new OutboundOptions());
            await world.AdvanceAsync(3);
            await active.DoAsync(new DesireLrp(A.DesiredLrp("web")));
            database.Changed.Clear();
            active.Store.Broken = true;
            await world.AdvanceAsync(17);
            Assert.Equal("web", Assert.Single(standby.Node.Active.State.DesiredLrps).Key);
            Assert.Equal(2, standby.Store.Loads);
            standby.Stop();
            active.Stop();
        });

    [Fact]
    public void Is_not_kept_by_an_option() =>
        VirtualWorld.Run(async world =>
        {
            var database = new InMemoryDatabase();
            var active = new NodeBench(world, database, "node-1", new OutboundOptions());
            await world.SettleAsync();
            var standby = new NodeBench(world, database, "node-2", new OutboundOptions(), warmStandby: false);
            await world.AdvanceAsync(30);
            Assert.Equal(0, standby.Store.Loads);
            active.Stop();
            await world.AdvanceAsync(2);
            Assert.True(standby.Node.IsActive);
            Assert.Equal(1, standby.Store.Loads);
            standby.Stop();
        });

    [Fact]
    public void A_store_with_inconsistent_rows_is_loaded_less_and_less_often() =>
        VirtualWorld.Run(async world =>
        {
            var database = new InMemoryDatabase();
            var active = new NodeBench(world, database, "node-1", new OutboundOptions());
            await world.SettleAsync();
            var epoch = active.Node.Active.Epoch;
            await active.Store.CommitAsync(
                new CommitBatch
                {
                    Epoch = epoch,
                    Revision = 1,
                    ActualLrps = new RowChanges<ActualLrpRowKey, ActualLRP>(
                        [new ActualLRP { ActualLrpKey = A.Key("web"), State = "FLYING" }],
                        []
                    ),
                },
                default
            );
            var standby = new NodeBench(world, database, "node-2", new OutboundOptions());
            await world.AdvanceAsync(600);
            Assert.False(standby.Node.HasCopy);
            Assert.InRange(standby.Store.Loads, 5, 12);
            active.Stop();
            await world.AdvanceAsync(2);
            Assert.True(standby.Node.IsActive);
            standby.Stop();
        });
}
