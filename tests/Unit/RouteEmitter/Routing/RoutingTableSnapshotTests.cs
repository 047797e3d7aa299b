using Scheduler.RouteEmitter.Routing;
using static Scheduler.Tests.Unit.RouteEmitter.RouteSamples;

namespace Scheduler.Tests.Unit.RouteEmitter.Routing;

public class RoutingTableSnapshotTests
{
    private readonly RoutingTable _table = new();

    [Fact]
    public void A_new_snapshot_sends_only_what_differs()
    {
        _table.SetDesired(Desired(1, 3, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());
        _table.SetInstance(Instance(1), new RouteChanges());

        var fresh = new RoutingTable();
        fresh.SetInstance(Instance(1), new RouteChanges());
        fresh.SetInstance(Instance(2), new RouteChanges());
        fresh.SetDesired(Desired(2, 3, Http("a.com"), Http("b.com")), new RouteChanges());
        var changes = Do(into => _table.ReplaceWith(fresh, _ => true, into));

        Assert.Equal(["a.com@10.0.0.1:61020", "b.com@10.0.0.1:61010", "b.com@10.0.0.1:61020"], changes.Registered());
        Assert.Equal(["a.com@10.0.0.1:61000"], changes.Unregistered());
        Assert.All(changes.Register, one => Assert.Equal(one.Registration.Endpoint.Index == 2, one.IsNewEndpoint));
    }

    [Fact]
    public void An_equal_snapshot_sends_nothing()
    {
        Fill(_table);
        var fresh = new RoutingTable();
        Fill(fresh);
        Assert.True(Do(into => _table.ReplaceWith(fresh, _ => true, into)).IsEmpty);

        static void Fill(RoutingTable table)
        {
            table.SetDesired(Desired(1, 1, Http("a.com"), Internal("i")), new RouteChanges());
            table.SetInstance(Instance(0, evacuating: true), new RouteChanges());
            table.SetInstance(Instance(0), new RouteChanges());
        }
    }

    [Fact]
    public void Routes_missing_from_a_snapshot_stay_until_their_domain_is_fresh()
    {
        _table.SetDesired(Desired(1, 1, Http("a.com"), Http("b.com")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());

        var fresh = new RoutingTable();
        fresh.SetDesired(Desired(2, 1, Http("b.com")), new RouteChanges());
        fresh.SetInstance(Instance(0), new RouteChanges());
        Assert.True(Do(into => _table.ReplaceWith(fresh, _ => false, into)).IsEmpty);
        Assert.Equal(["a.com@10.0.0.1:61000", "b.com@10.0.0.1:61000"], _table.All());

        Assert.True(Do(into => _table.ReleaseHeld("other", into)).IsEmpty);
        Assert.Equal(["a.com@10.0.0.1:61000"], Do(into => _table.ReleaseHeld("cf-apps", into)).Unregistered());
        Assert.Equal(["b.com@10.0.0.1:61000"], _table.All());
        Assert.True(Do(into => _table.ReleaseHeld("cf-apps", into)).IsEmpty);
    }

    [Fact]
    public void A_process_missing_from_a_snapshot_is_held_too_but_its_instances_are_believed()
    {
        _table.SetDesired(Desired(1, 2, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());
        _table.SetInstance(Instance(1), new RouteChanges());

        var fresh = new RoutingTable();
        fresh.SetInstance(Instance(1), new RouteChanges());
        var changes = Do(into => _table.ReplaceWith(fresh, _ => false, into));
        Assert.Equal(["a.com@10.0.0.1:61000"], changes.Unregistered());
        Assert.Equal(["a.com@10.0.0.1:61010"], _table.All());

        Assert.Equal(["a.com@10.0.0.1:61010"], Do(into => _table.ReleaseHeld("cf-apps", into)).Unregistered());
    }

    [Fact]
    public void News_of_a_held_process_ends_the_holding()
    {
        _table.SetDesired(Desired(7, 1, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());
        var fresh = new RoutingTable();
        fresh.SetInstance(Instance(0), new RouteChanges());
        _table.ReplaceWith(fresh, _ => false, new RouteChanges());

        var changes = Do(into => _table.SetDesired(Desired(1, 1, Http("b.com")), into));
        Assert.Equal(["b.com@10.0.0.1:61000"], changes.Registered());
        Assert.Equal(["a.com@10.0.0.1:61000"], changes.Unregistered());
        Assert.True(Do(into => _table.ReleaseHeld("cf-apps", into)).IsEmpty);
    }
}
