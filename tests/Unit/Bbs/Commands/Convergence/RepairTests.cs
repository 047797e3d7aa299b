using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Commands.Convergence;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Bbs.Commands.Convergence;

/// <summary>What repairs do, and what they refuse because it is not any more what the converger saw.</summary>
public sealed class RepairTests
{
    private static readonly ActualLRPInstanceKey Own = A.Instance("own");
    private readonly StateBench _bench = new();

    [Fact]
    public void Missing_slots_are_opened_and_those_that_are_there_left_alone()
    {
        _bench.Do(new DesireLrp(A.DesiredLrp("web", 3)));
        _bench.Do(new RemoveActualLrp(new RemoveActualLRPRequest { ProcessGuid = "web", Index = 1 }));
        Assert.Null(_bench.Repair(Missing(0, 1)));
        Assert.Equal(["created UNCLAIMED"], _bench.EventNames());
        Assert.Equal([new FollowUp.AuctionLrp(new LrpKey("web", 1))], _bench.FollowUps);
        Assert.Null(_bench.Repair(Missing(1)));
        Assert.Empty(_bench.Events);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public void No_slot_is_opened_that_is_not_wanted(int index)
    {
        _bench.Do(new DesireLrp(A.DesiredLrp("web", 3)));
        _bench.Do(new RemoveActualLrp(new RemoveActualLRPRequest { ProcessGuid = "web", Index = 0 }));
        Assert.Null(_bench.Repair(Missing(0, index)));
        Assert.Null(_bench.Row("web", index));
        // It takes none of the wanted ones with it.
        Assert.NotNull(_bench.Row("web", 0));
    }

    [Fact]
    public void No_slot_is_opened_of_what_is_not_desired() => Assert.Equal(ErrorKind.StaleVersion, _bench.Repair(Missing(0)));

    [Theory]
    [InlineData(true, true, null)]
    [InlineData(true, false, ErrorKind.StaleVersion)]
    [InlineData(false, true, ErrorKind.StaleVersion)]
    public void Retiring_needs_an_unwanted_index_and_a_fresh_domain(bool unwanted, bool fresh, ErrorKind? refusal)
    {
        _bench.Do(new StartActualLrp(A.Start("web", 1, Own)));
        _bench.Do(new DesireLrp(A.DesiredLrp("web", unwanted ? 1 : 2)));
        if (fresh)
            _bench.Do(new UpsertDomain("apps", 60));
        Assert.Equal(refusal, _bench.Repair(new ConvergenceCommand { Retire = _bench.Version("web", 1) }));
        Assert.Equal(refusal is null, _bench.Row("web", 1) is null);
    }

    [Fact]
    public void Retiring_an_index_too_many_asks_for_the_domain_of_what_is_desired()
    {
        _bench.Do(new StartActualLrp(A.Start("web", 1, Own)));
        var lrp = A.DesiredLrp("web");
        lrp.Domain = "other";
        _bench.Do(new DesireLrp(lrp));
        _bench.Do(new UpsertDomain("other", 60));
        Assert.Null(_bench.Repair(new ConvergenceCommand { Retire = _bench.Version("web", 1) }));
        Assert.Null(_bench.Row("web", 1));
    }

    [Fact]
    public void Retiring_mends_an_index_that_no_LRP_can_have()
    {
        _bench.Do(new StartActualLrp(A.Start("web", -1, Own)));
        _bench.Do(new DesireLrp(A.DesiredLrp("web", 1)));
        _bench.Do(new UpsertDomain("apps", 60));
        Assert.Null(_bench.Repair(new ConvergenceCommand { Retire = _bench.Version("web", -1) }));
        Assert.Null(_bench.Row("web", -1));
    }

    [Fact]
    public void Retiring_an_instance_on_a_present_cell_asks_the_cell()
    {
        _bench.Cell("cell-1");
        _bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
        _bench.Do(new UpsertDomain("apps", 0));
        Assert.Null(_bench.Repair(new ConvergenceCommand { Retire = _bench.Version("web") }));
        Assert.IsType<FollowUp.StopInstance>(Assert.Single(_bench.FollowUps));
        Assert.NotNull(_bench.Row("web"));
    }

    [Fact]
    public void A_crashed_slot_is_opened_again()
    {
        var bench = Actual.TransitionTests.In("CRASHED");
        Assert.Null(bench.Repair(new ConvergenceCommand { Unclaim = bench.Version("web") }));
        Assert.Equal(["changed CRASHED -> UNCLAIMED"], bench.EventNames());
        Assert.Equal([new FollowUp.AuctionLrp(new LrpKey("web", 0))], bench.FollowUps);
        Assert.Equal(3, bench.Row("web")!.CrashCount);
    }

    [Theory]
    [InlineData(true, ErrorKind.StaleVersion)]
    [InlineData(false, null)]
    public void A_claim_is_taken_back_only_from_a_cell_that_is_away(bool present, ErrorKind? refusal)
    {
        var bench = Actual.TransitionTests.In("CLAIMED");
        if (present)
            bench.Cell("cell-1");
        Assert.Equal(refusal, bench.Repair(new ConvergenceCommand { Unclaim = bench.Version("web") }));
    }

    [Fact]
    public void An_instance_of_a_lost_cell_is_suspect_and_its_slot_open()
    {
        var bench = Actual.TransitionTests.In("RUNNING");
        var before = bench.Row("web")!;
        bench.Suspect("web");
        Assert.Equal(["changed RUNNING -> RUNNING/Suspect", "created UNCLAIMED"], bench.EventNames());
        Assert.Equal(before.ModificationTag, bench.Row("web", 0, LrpPresence.Suspect)!.ModificationTag);
        Assert.Equal([new FollowUp.AuctionLrp(new LrpKey("web", 0))], bench.FollowUps);
    }

    [Fact]
    public void Nothing_is_suspect_while_its_cell_is_there_or_twice()
    {
        var bench = Actual.TransitionTests.In("RUNNING");
        bench.Cell("cell-1");
        Assert.Equal(ErrorKind.StaleVersion, bench.Repair(new ConvergenceCommand { Suspect = bench.Version("web") }));
        bench.LoseCell("cell-1");
        bench.Suspect("web");
        bench.Do(new ClaimActualLrp(A.Claim("web", 0, A.Instance("second", "cell-2"))));
        Assert.Equal(ErrorKind.StaleVersion, bench.Repair(new ConvergenceCommand { Suspect = bench.Version("web") }));
    }

    [Theory]
    [InlineData("UNCLAIMED", null)]
    [InlineData("CLAIMED", null)]
    [InlineData("RUNNING", ErrorKind.StaleVersion)]
    public void A_suspect_whose_cell_is_back_wins_over_a_replacement_that_does_not_run(string replacement, ErrorKind? refusal)
    {
        var bench = Actual.TransitionTests.In("RUNNING");
        bench.Suspect("web");
        var other = A.Instance("other", "cell-2");
        if (replacement == "CLAIMED")
            bench.Do(new ClaimActualLrp(A.Claim("web", 0, other)));
        var version = bench.Version("web", 0, LrpPresence.Suspect);
        Assert.Equal(ErrorKind.StaleVersion, bench.Repair(new ConvergenceCommand { PromoteSuspect = version }));
        bench.Cell("cell-1");
        if (replacement == "RUNNING")
            bench.Do(new StartActualLrp(A.Start("web", 0, other)));

        Assert.Equal(refusal, bench.Repair(new ConvergenceCommand { PromoteSuspect = version }));
        Assert.Equal(refusal is null ? "own" : "other", bench.Row("web")!.ActualLrpInstanceKey.InstanceGuid);
        if (refusal is null)
            Assert.Equal(["changed RUNNING/Suspect -> RUNNING", $"removed {replacement}"], bench.EventNames());
    }

    [Fact]
    public void Suspects_and_evacuating_rows_are_removed_and_again_is_done_already()
    {
        var bench = Actual.TransitionTests.In("RUNNING");
        bench.Suspect("web");
        var version = bench.Version("web", 0, LrpPresence.Suspect);
        Assert.Null(bench.Repair(new ConvergenceCommand { RemoveSuspect = version }));
        Assert.Null(bench.Row("web", 0, LrpPresence.Suspect));
        Assert.Null(bench.Repair(new ConvergenceCommand { RemoveSuspect = version }));
        Assert.Null(bench.Repair(new ConvergenceCommand { RemoveEvacuating = version }));
    }

    [Theory]
    [InlineData("UNCLAIMED", null)]
    [InlineData("CLAIMED", ErrorKind.StaleVersion)]
    [InlineData("RUNNING", ErrorKind.StaleVersion)]
    [InlineData("CRASHED", ErrorKind.StaleVersion)]
    public void Only_what_waits_is_auctioned_again(string state, ErrorKind? refusal)
    {
        var bench = Actual.TransitionTests.In(state);
        var before = bench.Row("web");
        Assert.Equal(refusal, bench.Repair(new ConvergenceCommand { Reauction = bench.Version("web") }));
        Assert.Same(before, bench.Row("web"));
        Assert.Equal(refusal is null ? 1 : 0, bench.FollowUps.Count);
    }

    [Theory]
    [InlineData("RUNNING", null)]
    [InlineData("CLAIMED", ErrorKind.StaleVersion)]
    public void Only_what_runs_is_updated(string state, ErrorKind? refusal)
    {
        var bench = Actual.TransitionTests.In(state);
        Assert.Equal(refusal, bench.Repair(new ConvergenceCommand { UpdateInstance = bench.Version("web") }));
        Assert.Equal(refusal is null ? 1 : 0, bench.FollowUps.Count);
    }

    [Fact]
    public void Every_repair_of_another_version_is_stale_and_the_others_go_on()
    {
        _bench.Do(new DesireLrp(A.DesiredLrp("web", 2)));
        var stale = _bench.Version("web", 0);
        _bench.Do(new ClaimActualLrp(A.Claim("web", 0, Own)));
        var request = new ApplyConvergenceRequest
        {
            Commands =
            {
                new ConvergenceCommand { Retire = stale },
                new ConvergenceCommand { Unclaim = stale },
                new ConvergenceCommand { Suspect = stale },
                new ConvergenceCommand { Reauction = stale },
                new ConvergenceCommand { UpdateInstance = stale },
                new ConvergenceCommand { Reauction = _bench.Version("web", 1) },
            },
        };
        var results = _bench.Do(new ApplyConvergence(request)).Results;
        Assert.All(results.Take(5), result => Assert.Equal(Error.Types.Type.StaleVersion, result.Error.Type));
        Assert.Null(results[5].Error);
        Assert.Equal([new FollowUp.AuctionLrp(new LrpKey("web", 1))], _bench.FollowUps);
        Assert.Empty(_bench.Events);
    }

    private static ConvergenceCommand Missing(params int[] indices) =>
        new()
        {
            CreateMissing = new CreateMissingLRPs { ProcessGuid = "web", Indices = { indices } },
        };
}
