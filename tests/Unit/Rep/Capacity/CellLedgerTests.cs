using Scheduler.Models;
using Scheduler.Rep.Capacity;

namespace Scheduler.Tests.Unit.Rep.Capacity;

public sealed class CellLedgerTests
{
    private int _guids;

    [Fact]
    public void Takes_what_fits_and_answers_why_the_rest_does_not()
    {
        var ledger = Ledger(memoryMb: 1000, diskMb: 1000, containers: 3);

        var verdict = ledger.Offer([Lrp("a", 0, 600), Lrp("b", 0, 600), Lrp("c", 0, 300)], [Work("t", 200)], NewGuid);

        Assert.Equal(["a", "c"], verdict.Taken.Select(taken => taken.ProcessGuid));
        Assert.Equal("insufficient resources: memory", Assert.Single(verdict.RefusedLrps).Reason);
        Assert.Equal("b", verdict.RefusedLrps[0].Key.ProcessGuid);
        Assert.Equal("insufficient resources: memory", Assert.Single(verdict.RefusedTasks).Reason);
        Assert.Equal(new Resources(100, 980, 1), ledger.Available);
    }

    [Fact]
    public void Offers_memory_to_the_largest_first_and_keeps_the_order_of_equals()
    {
        var ledger = Ledger(memoryMb: 1000);

        var verdict = ledger.Offer([Lrp("small", 0, 100), Lrp("first", 0, 450), Lrp("second", 0, 450)], [], NewGuid);

        Assert.Equal(["first", "second", "small"], verdict.Taken.Select(taken => taken.ProcessGuid));
    }

    [Fact]
    public void Reserves_proxy_memory_for_lrps_with_a_memory_limit_only()
    {
        var ledger = Ledger(memoryMb: 1000, proxyMb: 32);

        var verdict = ledger.Offer([Lrp("limited", 0, 100), Lrp("unlimited", 0, 0)], [Work("t", 50)], NewGuid);

        Assert.Equal([132, 0, 50], verdict.Taken.Select(taken => taken.Demand.MemoryMb));
        Assert.Equal(1000 - 182, ledger.Available.MemoryMb);
    }

    [Fact]
    public void Refuses_privileges_that_it_does_not_allow_whatever_the_auctioneer_thought()
    {
        var ledger = Ledger(memoryMb: 1000);
        var offer = Lrp("root", 0, 100);

        var verdict = ledger.Offer([offer with { Demand = offer.Demand with { Privileges = [Privileges.Privileged] } }], [], NewGuid);

        Assert.Equal("found no compatible cell that allows \"privileged\"", Assert.Single(verdict.RefusedLrps).Reason);
        Assert.Empty(verdict.Taken);
    }

    [Fact]
    public void Refuses_work_whose_volume_it_does_not_have()
    {
        var ledger = new CellLedger(Ledger(memoryMb: 1000).Profile with { VolumeDrivers = ["data"] });
        var offer = Lrp("web", 0, 100);

        var verdict = ledger.Offer(
            [
                offer with
                {
                    Demand = offer.Demand with { VolumeDrivers = ["data", "nfs"] },
                },
                offer with
                {
                    Key = new LrpKey("web", 1),
                    Demand = offer.Demand with { VolumeDrivers = ["data", "data"] },
                },
            ],
            [],
            NewGuid
        );

        Assert.Equal(
            (0, PlacementErrors.VolumeDriverMismatch),
            (verdict.RefusedLrps.Single().Key.Index, verdict.RefusedLrps.Single().Reason)
        );
        Assert.Equal(1, verdict.Taken.Single().Index);
    }

    [Fact]
    public void Proxy_memory_can_be_what_does_not_fit()
    {
        var ledger = Ledger(memoryMb: 100, proxyMb: 32);

        Assert.Single(ledger.Offer([Lrp("a", 0, 80)], [], NewGuid).RefusedLrps);
        Assert.Empty(ledger.Offer([Lrp("a", 0, 68)], [], NewGuid).RefusedLrps);
    }

    [Theory]
    [InlineData("preloaded:linux", null)]
    [InlineData("preloaded:other", PlacementErrors.CellMismatch)]
    [InlineData("oci:///images/web", null)]
    [InlineData("docker:///busybox", PlacementErrors.CellMismatch)]
    [InlineData("linux", PlacementErrors.CellMismatch)]
    [InlineData("", PlacementErrors.CellMismatch)]
    public void Refuses_a_root_filesystem_that_it_cannot_provide(string rootFs, string? reason)
    {
        var verdict = Ledger().Offer([new LrpOffer(new LrpKey("a", 0), "d", new Demand(rootFs, 1, 1))], [], NewGuid);

        Assert.Equal(reason, verdict.RefusedLrps.Select(refusal => refusal.Reason).FirstOrDefault());
    }

    [Fact]
    public void Refuses_a_task_that_is_here_already_but_not_a_second_container_of_an_index()
    {
        var ledger = Ledger();
        ledger.Offer([Lrp("a", 0, 1)], [Work("t", 1)], NewGuid);

        var verdict = ledger.Offer([Lrp("a", 0, 1)], [Work("t", 1), Work("u", 1), Work("u", 1)], NewGuid);

        Assert.Equal(["a", ""], verdict.Taken.Select(taken => taken.ProcessGuid));
        Assert.Equal(
            [("t", RefusalReasons.DuplicateTask), ("u", RefusalReasons.DuplicateTask)],
            verdict.RefusedTasks.Select(r => (r.TaskGuid, r.Reason))
        );
    }

    [Fact]
    public void An_evacuating_cell_refuses_everything()
    {
        var ledger = Ledger();
        Assert.True(ledger.BeginEvacuation());
        Assert.False(ledger.BeginEvacuation());

        var verdict = ledger.Offer([Lrp("a", 0, 1)], [Work("t", 1)], NewGuid);

        Assert.Empty(verdict.Taken);
        Assert.Equal(RefusalReasons.Evacuating, verdict.RefusedLrps[0].Reason);
        Assert.Equal(RefusalReasons.Evacuating, verdict.RefusedTasks[0].Reason);
    }

    [Fact]
    public void An_unhealthy_cell_refuses_until_it_is_well_again()
    {
        var ledger = Ledger();
        ledger.SetHealthy(false);
        Assert.Equal(RefusalReasons.Unhealthy, ledger.Offer([Lrp("a", 0, 1)], [], NewGuid).RefusedLrps[0].Reason);

        ledger.SetHealthy(true);
        Assert.Single(ledger.Offer([Lrp("a", 0, 1)], [], NewGuid).Taken);
    }

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(0, -1, 0)]
    [InlineData(0, 0, -1)]
    public void Refuses_negative_demands(int memoryMb, int diskMb, int pids)
    {
        var offer = new TaskOffer("t", "d", new Demand("preloaded:linux", memoryMb, diskMb, pids));
        Assert.Equal(RefusalReasons.NegativeDemand, Ledger().Offer([], [offer], NewGuid).RefusedTasks[0].Reason);
    }

    [Fact]
    public void Enormous_demands_do_not_overflow()
    {
        var ledger = Ledger(memoryMb: int.MaxValue, proxyMb: 32);
        Assert.Equal("insufficient resources: memory", ledger.Offer([Lrp("a", 0, int.MaxValue)], [], NewGuid).RefusedLrps[0].Reason);
    }

    [Fact]
    public void A_batch_of_work_is_one_revision()
    {
        var ledger = Ledger();
        var verdict = ledger.Offer([Lrp("a", 0, 1), Lrp("a", 1, 1)], [Work("t", 1)], NewGuid);
        var change = ledger.Commit();

        Assert.Equal(2UL, change!.Revision);
        Assert.Equal(3, change.Upserted.Count);
        Assert.Equal(3, change.StartingCount);
        Assert.Null(ledger.Commit());

        ledger.SetState(verdict.Taken[0].ContainerGuid, AllocationState.Running);
        ledger.Release("t");
        change = ledger.Commit();
        Assert.Equal(3UL, change!.Revision);
        Assert.Equal("t", Assert.Single(change.Removed));
        Assert.Equal(AllocationState.Running, Assert.Single(change.Upserted).State);
        Assert.Equal(1, change.StartingCount);
    }

    [Fact]
    public void Completed_containers_hold_their_resources_until_they_are_released()
    {
        var ledger = Ledger(memoryMb: 100);
        var guid = ledger.Offer([Lrp("a", 0, 100)], [], NewGuid).Taken[0].ContainerGuid;
        ledger.SetState(guid, AllocationState.Crashed);

        Assert.Single(ledger.Offer([Lrp("b", 0, 1)], [], NewGuid).RefusedLrps);
        Assert.True(ledger.Release(guid));
        Assert.False(ledger.Release(guid));
        Assert.Single(ledger.Offer([Lrp("b", 0, 1)], [], NewGuid).Taken);
    }

    [Fact]
    public void Containers_found_after_a_restart_are_booked_even_beyond_the_total()
    {
        var ledger = Ledger(memoryMb: 100);
        ledger.Restore(
            new Allocation
            {
                ContainerGuid = "x",
                Domain = "d",
                Demand = new Demand("preloaded:linux", 150, 1),
                State = AllocationState.Running,
            }
        );

        Assert.Equal(0, ledger.Available.MemoryMb);
        Assert.Single(ledger.Offer([Lrp("b", 0, 1)], [], NewGuid).RefusedLrps);
        ledger.Release("x");
        Assert.Equal(100, ledger.Available.MemoryMb);
    }

    /// <summary>
    /// Whatever is offered, moved and released, in any order: the totals match the allocations, and the cell never promises
    /// more than it has.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Is_never_overbooked_under_any_sequence(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var ledger = Ledger(random.Next(0, 4096), random.Next(0, 8192), random.Next(0, 20), random.Next(3) * 32);
            for (var step = 0; step < 60; step++)
            {
                Act(random, ledger);
                Check(ledger);
            }
        }
    }

    private void Act(Random random, CellLedger ledger)
    {
        var known = ledger.Allocations.Select(allocation => allocation.ContainerGuid).Append("unknown").ToArray();
        switch (random.Next(10))
        {
            case < 6:
                var lrps = Enumerable
                    .Range(0, random.Next(5))
                    .Select(_ => Lrp($"p{random.Next(5)}", random.Next(4), random.Next(0, 1024), random.Next(0, 1024)))
                    .ToArray();
                var tasks = Enumerable.Range(0, random.Next(3)).Select(_ => Work($"t{random.Next(30)}", random.Next(0, 1024))).ToArray();
                var before = ledger.Available;
                var verdict = ledger.Offer(lrps, tasks, NewGuid);
                Assert.Equal(lrps.Length + tasks.Length, verdict.Taken.Count + verdict.RefusedLrps.Count + verdict.RefusedTasks.Count);
                Assert.Equal(before.Containers - verdict.Taken.Count, ledger.Available.Containers);
                break;
            case < 8:
                ledger.SetState(known[random.Next(known.Length)], (AllocationState)random.Next(4));
                break;
            default:
                ledger.Release(known[random.Next(known.Length)]);
                break;
        }
    }

    private static void Check(CellLedger ledger)
    {
        var used = ledger.Allocations.Aggregate(default(Resources), (sum, allocation) => sum + allocation.Resources);
        Assert.True(ledger.Profile.Total.Fits(used), $"{used} of {ledger.Profile.Total}");
        Assert.Equal(ledger.Profile.Total - used, ledger.Available);
        Assert.Equal(ledger.Allocations.Count(allocation => allocation.State == AllocationState.Claimed), ledger.StartingCount);
        var revision = ledger.Revision;
        Assert.Equal(ledger.Commit() is null ? revision : revision + 1, ledger.Revision);
    }

    private string NewGuid() => $"instance-{_guids++}";

    private static CellLedger Ledger(int memoryMb = 10_000, int diskMb = 10_000, int containers = 100, int proxyMb = 0) =>
        new(
            new CellProfile
            {
                CellId = new CellId("cell-1"),
                Total = new Resources(memoryMb, diskMb, containers),
                RootFsSchemes = ["oci"],
                PreloadedRootFs = ["linux"],
                ProxyMemoryMb = proxyMb,
            }
        );

    private static LrpOffer Lrp(string process, int index, int memoryMb, int diskMb = 10) =>
        new(new LrpKey(process, index), "d", new Demand("preloaded:linux", memoryMb, diskMb));

    private static TaskOffer Work(string guid, int memoryMb) => new(guid, "d", new Demand("preloaded:linux", memoryMb, 0));
}
