using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Commands.Evacuation;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Bbs.Commands.Evacuation;

/// <summary>Every row of the evacuation table: who asks, what the slot holds, what comes of it.</summary>
public sealed class EvacuationTests
{
    private static readonly ActualLRPInstanceKey Own = A.Instance("own", "draining");
    private static readonly ActualLRPInstanceKey Other = A.Instance("other", "cell-2");
    private readonly StateBench _bench = new();

    [Fact]
    public void Claimed_without_a_row_is_not_found() =>
        Assert.Equal(ErrorKind.ResourceNotFound, _bench.Refusal(new EvacuateClaimed(Request())));

    [Fact]
    public void Claimed_gives_the_slot_back_and_asks_for_its_auction()
    {
        Desire();
        _bench.Do(new ClaimActualLrp(A.Claim("web", 0, Own)));
        Assert.False(_bench.Do(new EvacuateClaimed(Request())).KeepContainer);
        Assert.Equal("UNCLAIMED", State());
        Assert.Equal(["created UNCLAIMED", "removed CLAIMED"], _bench.EventNames());
        Assert.Equal([new FollowUp.AuctionLrp(new LrpKey("web", 0))], _bench.FollowUps);
    }

    [Theory]
    [InlineData(LrpPresence.Evacuating)]
    [InlineData(LrpPresence.Suspect)]
    public void Claimed_crashed_and_stopped_delete_a_row_that_is_not_ordinary(LrpPresence presence)
    {
        foreach (
            var ask in new Func<Result<EvacuationResponse>>[]
            {
                () => _bench.Try(new EvacuateClaimed(Request())),
                () => _bench.Try(new EvacuateCrashed(Crashed())),
                () => _bench.Try(new EvacuateStopped(Request())),
            }
        )
        {
            RunAs(presence);
            Assert.False(ask().Value.KeepContainer);
            Assert.Null(_bench.Row("web", 0, presence));
            Assert.Equal([$"removed RUNNING/{presence}"], _bench.EventNames());
            Assert.Equal("UNCLAIMED", State());
        }
    }

    [Fact]
    public void Crashed_without_a_row_is_not_found() =>
        Assert.Equal(ErrorKind.ResourceNotFound, _bench.Refusal(new EvacuateCrashed(Crashed())));

    [Fact]
    public void Crashed_follows_the_crash_policy()
    {
        RunAs(LrpPresence.Ordinary);
        Assert.False(_bench.Do(new EvacuateCrashed(Crashed())).KeepContainer);
        Assert.Equal(("UNCLAIMED", 1), (State(), _bench.Row("web")!.CrashCount));
        Assert.Equal(["crashed 1", "created UNCLAIMED", "removed RUNNING"], _bench.EventNames());
    }

    [Fact]
    public void Stopped_without_a_row_is_not_found() =>
        Assert.Equal(ErrorKind.ResourceNotFound, _bench.Refusal(new EvacuateStopped(Request())));

    [Fact]
    public void Stopped_removes_the_ordinary_row()
    {
        RunAs(LrpPresence.Ordinary);
        Assert.False(_bench.Do(new EvacuateStopped(Request())).KeepContainer);
        Assert.Null(State());
    }

    [Fact]
    public void Running_1_without_any_row_may_go() => Assert.False(Ask());

    [Fact]
    public void Running_2_without_an_ordinary_row_loses_its_evacuating_one_and_may_go()
    {
        RunAs(LrpPresence.Evacuating);
        _bench.Do(new RemoveActualLrp(new RemoveActualLRPRequest { ProcessGuid = "web" }));
        Assert.False(Ask());
        Assert.Null(Evacuating());
    }

    [Theory]
    [InlineData("RUNNING", false)]
    [InlineData("CRASHED", false)]
    [InlineData("CLAIMED", true)]
    [InlineData("UNCLAIMED", true)]
    public void Running_2_goes_when_the_replacement_runs_or_has_crashed(string replacement, bool keep)
    {
        RunAs(LrpPresence.Evacuating);
        Replace(replacement);
        Assert.Equal(replacement, State());
        Assert.Equal(keep, Ask());
        Assert.Equal(keep, Evacuating() is not null);
    }

    [Fact]
    public void Running_2_leaves_the_evacuating_row_of_another_alone()
    {
        RunAs(LrpPresence.Evacuating);
        _bench.Do(new RemoveActualLrp(new RemoveActualLRPRequest { ProcessGuid = "web" }));
        Assert.False(_bench.Do(new EvacuateRunning(Running(Other))).KeepContainer);
        Assert.NotNull(Evacuating());
    }

    [Fact]
    public void Running_3_may_go_when_nobody_desires_it_any_more()
    {
        _bench.Cell("draining");
        RunAs(LrpPresence.Ordinary);
        _bench.Do(new RemoveDesiredLrp("web"));
        Assert.False(Ask());
        Assert.Equal("RUNNING", State());
    }

    [Fact]
    public void Recreate_without_a_row_of_its_own_may_go()
    {
        Desire(recreate: true);
        Assert.False(Ask());
    }

    [Theory]
    [InlineData(LrpPresence.Evacuating)]
    [InlineData(LrpPresence.Suspect)]
    public void Recreate_deletes_a_row_that_is_not_ordinary(LrpPresence presence)
    {
        RunAs(presence);
        _bench.Do(new RemoveDesiredLrp("web"));
        Desire(recreate: true);
        Assert.False(Ask());
        Assert.Null(_bench.Row("web", 0, presence));
    }

    [Fact]
    public void Recreate_stops_first_when_all_instances_run()
    {
        Desire(instances: 2, recreate: true);
        _bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
        _bench.Do(new StartActualLrp(A.Start("web", 1, Other)));
        Assert.False(Ask());
        Assert.Equal("UNCLAIMED", State());
        Assert.Null(Evacuating());
        Assert.Equal([new FollowUp.AuctionLrp(new LrpKey("web", 0))], _bench.FollowUps);
    }

    [Theory]
    [InlineData("UNCLAIMED")]
    [InlineData("CLAIMED")]
    public void Recreate_waits_while_another_instance_does_not_run(string other)
    {
        Desire(instances: 2, recreate: true);
        _bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
        if (other == "CLAIMED")
            _bench.Do(new ClaimActualLrp(A.Claim("web", 1, Other)));
        var before = _bench.State;
        Assert.True(Ask());
        Assert.Same(before, _bench.State);
    }

    [Fact]
    public void Recreate_waits_while_it_is_only_claimed()
    {
        Desire(recreate: true);
        _bench.Do(new ClaimActualLrp(A.Claim("web", 0, Own)));
        Assert.True(Ask());
        Assert.Equal("CLAIMED", State());
    }

    [Theory]
    [InlineData("RUNNING")]
    [InlineData("CLAIMED")]
    public void Rolling_serves_on_as_evacuating_while_its_slot_is_opened(string state)
    {
        Desire();
        if (state == "RUNNING")
            _bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
        else
            _bench.Do(new ClaimActualLrp(A.Claim("web", 0, Own)));
        var ordinary = _bench.Row("web")!;

        Assert.True(Ask());

        Assert.Equal("UNCLAIMED", State());
        Assert.Equal(ordinary.ModificationTag.Epoch, _bench.Row("web")!.ModificationTag.Epoch);
        Assert.Equal(("RUNNING", "own"), (Evacuating()!.State, Evacuating()!.ActualLrpInstanceKey.InstanceGuid));
        Assert.NotEqual(ordinary.ModificationTag.Epoch, Evacuating()!.ModificationTag.Epoch);
        Assert.Equal([$"changed {state} -> RUNNING/Evacuating", "created UNCLAIMED"], _bench.EventNames());
        Assert.Equal([new FollowUp.AuctionLrp(new LrpKey("web", 0))], _bench.FollowUps);
    }

    [Fact]
    public void Rolling_asks_again_and_nothing_changes()
    {
        RunAs(LrpPresence.Evacuating);
        var before = _bench.State;
        Assert.True(Ask());
        Assert.Same(before, _bench.State);
    }

    [Fact]
    public void Rolling_with_new_facts_is_a_new_version()
    {
        RunAs(LrpPresence.Evacuating);
        var before = Evacuating()!;
        var request = Running(Own);
        request.Routable = false;
        Assert.True(_bench.Do(new EvacuateRunning(request)).KeepContainer);
        Assert.Equal(before.ModificationTag.Index + 1, Evacuating()!.ModificationTag.Index);
        Assert.False(Evacuating()!.Routable);
    }

    [Fact]
    public void Rolling_without_a_row_of_its_own_makes_the_evacuating_one()
    {
        Desire();
        Assert.True(Ask());
        Assert.Equal("own", Evacuating()!.ActualLrpInstanceKey.InstanceGuid);
        Assert.Equal(["created RUNNING/Evacuating"], _bench.EventNames());
    }

    [Fact]
    public void Rolling_may_go_when_another_evacuates_this_slot()
    {
        RunAs(LrpPresence.Evacuating);
        Assert.False(_bench.Do(new EvacuateRunning(Running(Other))).KeepContainer);
        Assert.Equal("own", Evacuating()!.ActualLrpInstanceKey.InstanceGuid);
    }

    [Fact]
    public void Rolling_turns_a_suspect_into_an_evacuating_one()
    {
        RunAs(LrpPresence.Suspect);
        Assert.True(Ask());
        Assert.Null(_bench.Row("web", 0, LrpPresence.Suspect));
        Assert.Equal("RUNNING", Evacuating()!.State);
        Assert.Equal(["changed RUNNING/Suspect -> RUNNING/Evacuating"], _bench.EventNames());
    }

    [Fact]
    public void The_evacuating_row_goes_when_the_replacement_starts()
    {
        RunAs(LrpPresence.Evacuating);
        _bench.Do(new StartActualLrp(A.Start("web", 0, Other)));
        Assert.Null(Evacuating());
        Assert.Equal(["changed UNCLAIMED -> RUNNING", "removed RUNNING/Evacuating"], _bench.EventNames());
    }

    [Fact]
    public void Remove_evacuating_wants_exactly_that_instance()
    {
        RunAs(LrpPresence.Evacuating);
        Assert.Equal(ErrorKind.ResourceNotFound, _bench.Refusal(new RemoveEvacuating(Request(Other))));
        _bench.Do(new RemoveEvacuating(Request()));
        Assert.Null(Evacuating());
        Assert.Equal(ErrorKind.ResourceNotFound, _bench.Refusal(new RemoveEvacuating(Request())));
    }

    private bool Ask() => _bench.Do(new EvacuateRunning(Running(Own))).KeepContainer;

    private string? State() => _bench.Row("web")?.State;

    private ActualLRP? Evacuating() => _bench.Row("web", 0, LrpPresence.Evacuating);

    private void Desire(int instances = 1, bool recreate = false)
    {
        var lrp = A.DesiredLrp("web", instances);
        if (recreate)
            lrp.UpdateStrategy = DesiredLRP.Types.UpdateStrategy.Recreate;
        _bench.Do(new DesireLrp(lrp));
    }

    /// <summary>The own instance runs under the presence; beside the others the slot is UNCLAIMED.</summary>
    private void RunAs(LrpPresence presence)
    {
        if (!_bench.State.DesiredLrps.ContainsKey("web"))
            Desire();
        _bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
        if (presence == LrpPresence.Evacuating)
            Assert.True(Ask());
        if (presence == LrpPresence.Suspect)
            _bench.Suspect("web");
    }

    private void Replace(string state)
    {
        if (state == "CLAIMED")
            _bench.Do(new ClaimActualLrp(A.Claim("web", 0, Other)));
        if (state == "CRASHED")
        {
            for (var crash = 0; crash < 3; crash++)
            {
                _bench.Do(new ClaimActualLrp(A.Claim("web", 0, Other)));
                _bench.Do(new CrashActualLrp(A.Crash("web", 0, Other)));
            }
        }
        if (state != "RUNNING")
            return;
        // Its start would take the evacuating row away; here the question comes from a rep that has not heard yet.
        _bench.Do(new StartActualLrp(A.Start("web", 0, Other)));
    }

    private static EvacuateActualLRPRequest Request(ActualLRPInstanceKey? instance = null) =>
        new() { ActualLrpKey = A.Key("web"), ActualLrpInstanceKey = instance ?? Own };

    private static EvacuateCrashedActualLRPRequest Crashed() =>
        new()
        {
            ActualLrpKey = A.Key("web"),
            ActualLrpInstanceKey = Own,
            ErrorMessage = "out of memory",
        };

    private static EvacuateRunningActualLRPRequest Running(ActualLRPInstanceKey instance) =>
        new()
        {
            ActualLrpKey = A.Key("web"),
            ActualLrpInstanceKey = instance,
            ActualLrpNetInfo = A.NetInfo(),
            AvailabilityZone = "z1",
        };
}
