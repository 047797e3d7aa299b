using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Bbs.Commands.Desired;

public sealed class DesiredLrpTests
{
    private readonly StateBench _bench = new();

    [Fact]
    public void A_desire_opens_a_slot_for_each_instance_and_asks_for_their_auction()
    {
        var revision = _bench.Do(new DesireLrp(A.DesiredLrp("web", 3)));
        Assert.Equal(_bench.State.Revision, revision);
        Assert.Equal(["DesiredLrpCreated", "created UNCLAIMED", "created UNCLAIMED", "created UNCLAIMED"], _bench.EventNames());
        Assert.Equal(Auctions("web", 0, 1, 2), _bench.FollowUps);
        Assert.All(_bench.Events, @event => Assert.Equal(revision, @event.Revision));
        var tag = _bench.State.DesiredLrps["web"].ModificationTag;
        Assert.Equal(0u, tag.Index);
        Assert.NotEmpty(tag.Epoch);
    }

    [Fact]
    public void A_second_desire_of_the_same_guid_changes_nothing()
    {
        _bench.Do(new DesireLrp(A.DesiredLrp("web")));
        Assert.Equal(ErrorKind.ResourceExists, _bench.Refusal(new DesireLrp(A.DesiredLrp("web", 5))));
    }

    [Fact]
    public void A_slot_that_an_earlier_lrp_left_takes_its_place()
    {
        _bench.Cell("cell-1");
        _bench.Do(new DesireLrp(A.DesiredLrp("web", 2)));
        _bench.Do(new StartActualLrp(A.Start("web", 1, A.Instance("old"))));
        _bench.Do(new RemoveDesiredLrp("web"));
        _bench.Do(new DesireLrp(A.DesiredLrp("web", 2)));
        Assert.Equal("RUNNING", _bench.Row("web", 1)!.State);
        Assert.Equal(Auctions("web", 0), _bench.FollowUps);
    }

    [Fact]
    public void An_update_changes_only_what_it_names_and_always_counts()
    {
        var lrp = A.DesiredLrp("web");
        lrp.Annotation = "before";
        lrp.Routes = A.Routes("cf-router", "[]");
        _bench.Do(new DesireLrp(lrp));

        _bench.Do(new UpdateDesiredLrp("web", new DesiredLRPUpdate()));
        Assert.Equal(1u, _bench.State.DesiredLrps["web"].ModificationTag.Index);
        Assert.Equal(["DesiredLrpChanged"], _bench.EventNames());

        _bench.Do(new UpdateDesiredLrp("web", new DesiredLRPUpdate { Annotation = "" }));
        var after = _bench.State.DesiredLrps["web"];
        Assert.Equal(("", 1), (after.Annotation, after.Instances));
        Assert.Equal(lrp.Routes, after.Routes);
        Assert.Equal("before", _bench.Events[0].DesiredLrpChanged.Before.Annotation);
    }

    [Fact]
    public void Routes_are_replaced_as_a_whole()
    {
        var lrp = A.DesiredLrp("web");
        lrp.Routes = A.Routes("cf-router", "[1]");
        _bench.Do(new DesireLrp(lrp));
        _bench.Do(new UpdateDesiredLrp("web", new DesiredLRPUpdate { Routes = A.Routes("tcp-router", "[2]") }));
        Assert.Equal(["tcp-router"], _bench.State.DesiredLrps["web"].Routes.Routes.Keys);
    }

    [Fact]
    public void Scaling_up_opens_the_new_slots_only()
    {
        _bench.Do(new DesireLrp(A.DesiredLrp("web", 1)));
        _bench.Do(new UpdateDesiredLrp("web", new DesiredLRPUpdate { Instances = 3 }));
        Assert.Equal(["DesiredLrpChanged", "created UNCLAIMED", "created UNCLAIMED"], _bench.EventNames());
        Assert.Equal(Auctions("web", 1, 2), _bench.FollowUps);
    }

    [Fact]
    public void Scaling_down_takes_the_highest_indices_each_by_what_it_is()
    {
        _bench.Cell("cell-1");
        _bench.Do(new DesireLrp(A.DesiredLrp("web", 5)));
        _bench.Do(new StartActualLrp(A.Start("web", 0, A.Instance("i-0"))));
        _bench.Do(new StartActualLrp(A.Start("web", 2, A.Instance("i-2"))));
        _bench.Do(new ClaimActualLrp(A.Claim("web", 3, A.Instance("i-3"))));
        _bench.Do(new StartActualLrp(A.Start("web", 4, A.Instance("i-4", "lost-cell"))));

        _bench.Do(new UpdateDesiredLrp("web", new DesiredLRPUpdate { Instances = 1 }));

        Assert.Null(_bench.Row("web", 1));
        Assert.Equal(
            ["i-2", "i-3"],
            _bench.FollowUps.Cast<FollowUp.StopInstance>().Select(stop => stop.Row.ActualLrpInstanceKey.InstanceGuid)
        );
        // Their reps remove those rows; the one on a cell that is away is convergence's.
        Assert.Equal(["RUNNING", "RUNNING", "CLAIMED", "RUNNING"], new[] { 0, 2, 3, 4 }.Select(index => _bench.Row("web", index)!.State));
    }

    [Fact]
    public void Removing_deletes_what_waits_and_asks_the_rest_to_stop()
    {
        _bench.Cell("cell-1");
        _bench.Do(new DesireLrp(A.DesiredLrp("web", 2)));
        _bench.Do(new StartActualLrp(A.Start("web", 0, A.Instance("i-0"))));
        _bench.Do(new RemoveDesiredLrp("web"));
        Assert.Equal(["DesiredLrpRemoved", "removed UNCLAIMED"], _bench.EventNames());
        Assert.Equal("i-0", Assert.IsType<FollowUp.StopInstance>(Assert.Single(_bench.FollowUps)).Row.ActualLrpInstanceKey.InstanceGuid);
    }

    [Fact]
    public void What_is_not_desired_can_be_neither_updated_nor_removed()
    {
        Assert.Equal(ErrorKind.ResourceNotFound, _bench.Refusal(new UpdateDesiredLrp("web", new DesiredLRPUpdate())));
        Assert.Equal(ErrorKind.ResourceNotFound, _bench.Refusal(new RemoveDesiredLrp("web")));
    }

    [Theory]
    [InlineData("internal-router", true)]
    [InlineData("cf-router", false)]
    public void Reps_hear_of_internal_routes_and_not_of_others(string routeKey, bool told)
    {
        _bench.Cell("cell-1");
        _bench.Do(new DesireLrp(A.DesiredLrp("web")));
        _bench.Do(new StartActualLrp(A.Start("web", 0, A.Instance("i-0"))));
        _bench.Do(new UpdateDesiredLrp("web", new DesiredLRPUpdate { Routes = A.Routes(routeKey, """[{"hostname":"a.internal"}]""") }));
        Assert.Equal(told ? 1 : 0, _bench.FollowUps.OfType<FollowUp.UpdateInstance>().Count());
    }

    [Fact]
    public void Reps_hear_of_metric_tags()
    {
        _bench.Do(new DesireLrp(A.DesiredLrp("web", 2)));
        _bench.Do(new StartActualLrp(A.Start("web", 0, A.Instance("i-0"))));
        _bench.Do(new UpdateDesiredLrp("web", new DesiredLRPUpdate { MetricTags = { ["a"] = new MetricTagValue { Static = "b" } } }));
        Assert.Equal("i-0", Assert.IsType<FollowUp.UpdateInstance>(Assert.Single(_bench.FollowUps)).Row.ActualLrpInstanceKey.InstanceGuid);
    }

    [Fact]
    public void Dynamic_tags_are_worked_out_for_the_instance()
    {
        var lrp = A.DesiredLrp("web");
        lrp.MetricTags.Add("i", new MetricTagValue { Dynamic = MetricTagValue.Types.DynamicValue.Index });
        lrp.MetricTags.Add("g", new MetricTagValue { Dynamic = MetricTagValue.Types.DynamicValue.InstanceGuid });
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["source_id"] = "web",
                ["i"] = "4",
                ["g"] = "guid",
            },
            DesiredLrpRules.MetricTagsOf(lrp, 4, "guid")
        );
    }

    [Theory]
    [InlineData("""[{"hostname":"a.internal"},{"hostname":"b.internal"}]""", "a.internal,b.internal")]
    [InlineData("""[]""", "")]
    [InlineData("""{"hostname":"a"}""", "")]
    [InlineData("""[{"host":"a"},7]""", "")]
    [InlineData("""not json""", "")]
    [InlineData("""[{"hostname":"\ud800"}]""", "")]
    public void Internal_routes_are_the_host_names_of_their_group(string json, string expected)
    {
        var lrp = A.DesiredLrp("web");
        lrp.Routes = A.Routes("internal-router", json);
        Assert.Equal(expected, string.Join(",", InternalRoutes.HostnamesOf(lrp)));
    }

    private static IEnumerable<FollowUp> Auctions(string guid, params int[] indices) =>
        indices.Select(index => (FollowUp)new FollowUp.AuctionLrp(new LrpKey(guid, index)));
}
