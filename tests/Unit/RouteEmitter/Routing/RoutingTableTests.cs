using Scheduler.Models;
using Scheduler.RouteEmitter.Routing;
using static Scheduler.Tests.Unit.RouteEmitter.RouteSamples;

namespace Scheduler.Tests.Unit.RouteEmitter.Routing;

public class RoutingTableTests
{
    private readonly RoutingTable _table = new();

    [Fact]
    public void Registers_each_hostname_with_each_instance_whichever_comes_first()
    {
        Assert.True(Do(changes => _table.SetInstance(Instance(0), changes)).IsEmpty);
        var desired = Do(changes => _table.SetDesired(Desired(1, 2, Http("a.com"), Http("b.com/path")), changes));
        Assert.Equal(["a.com@10.0.0.1:61000", "b.com/path@10.0.0.1:61000"], desired.Registered());
        Assert.All(desired.Register, one => Assert.False(one.IsNewEndpoint));

        var second = Do(changes => _table.SetInstance(Instance(1), changes));
        Assert.Equal(["a.com@10.0.0.1:61010", "b.com/path@10.0.0.1:61010"], second.Registered());
        Assert.All(second.Register, one => Assert.True(one.IsNewEndpoint));
        Assert.Equal(4, _table.HttpRouteCount);
    }

    [Fact]
    public void A_route_leads_only_to_its_own_container_port()
    {
        _table.SetDesired(Desired(1, 1, Http("a.com", 8080), Http("admin.com", 9090)), new RouteChanges());
        var changes = Do(into => _table.SetInstance(Instance(0, ports: [8080, 9090, 7070]), into));
        Assert.Equal(["a.com@10.0.0.1:61000", "admin.com@10.0.0.1:61001"], changes.Registered());
    }

    [Fact]
    public void Internal_names_lead_to_the_container_itself()
    {
        _table.SetDesired(Desired(1, 1, Internal("web.internal")), new RouteChanges());
        var changes = Do(into => _table.SetInstance(Instance(0), into));
        Assert.Equal(["web.internal@10.255.0.2:0"], changes.Registered());
        Assert.Equal((0, 1), (_table.HttpRouteCount, _table.InternalRouteCount));
    }

    [Fact]
    public void A_changed_set_of_routes_sends_only_the_difference()
    {
        _table.SetDesired(Desired(1, 1, Http("a.com"), Http("b.com")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());
        var changes = Do(into => _table.SetDesired(Desired(2, 1, Http("b.com"), Http("c.com")), into));
        Assert.Equal(["c.com@10.0.0.1:61000"], changes.Registered());
        Assert.Equal(["a.com@10.0.0.1:61000"], changes.Unregistered());
    }

    [Fact]
    public void New_options_and_tags_alone_send_nothing_and_go_with_the_next_periodic_registration()
    {
        _table.SetDesired(Desired(1, 1, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());
        var changed = Http("a.com") with
        {
            Options = """{"loadbalancing":"least-connection"}""",
            MetricTags = [new("k", MetricTagSource.Static, "v")],
        };
        Assert.True(Do(into => _table.SetDesired(Desired(2, 1, changed), into)).IsEmpty);

        var all = new List<Registration>();
        _table.AppendAll(RouteKind.Http, all);
        Assert.Same(changed, Assert.Single(all).Route);
    }

    [Fact]
    public void A_changed_route_service_is_told_without_withdrawing_the_route()
    {
        _table.SetDesired(Desired(1, 1, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());
        var changes = Do(into => _table.SetDesired(Desired(2, 1, Http("a.com") with { RouteServiceUrl = "https://rs" }), into));
        // The router matches an unregistration by hostname and address alone, so one would take the new registration with it.
        Assert.Equal("https://rs", Assert.Single(changes.Register).Registration.Route.RouteServiceUrl);
        Assert.Empty(changes.Unregister);
    }

    [Fact]
    public void Scaling_down_withdraws_before_the_containers_stop_and_a_late_start_is_not_announced()
    {
        _table.SetDesired(Desired(1, 3, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());
        _table.SetInstance(Instance(1), new RouteChanges());
        var changes = Do(into => _table.SetDesired(Desired(2, 1, Http("a.com")), into));
        Assert.Equal(["a.com@10.0.0.1:61010"], changes.Unregistered());
        Assert.True(Do(into => _table.SetInstance(Instance(2), into)).IsEmpty);
        Assert.True(Do(into => _table.RemoveInstance(new LrpKey(Process, 1), new InstanceRowKey("guid-1", false), Tag(1), into)).IsEmpty);
        Assert.Equal(["a.com@10.0.0.1:61000"], _table.All());
    }

    [Fact]
    public void Moving_to_the_evacuating_row_sends_nothing()
    {
        _table.SetDesired(Desired(1, 1, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());
        Assert.True(
            Do(into =>
            {
                _table.SetInstance(Instance(0, evacuating: true), into);
                _table.RemoveInstance(new LrpKey(Process, 0), new InstanceRowKey("guid-0", false), Tag(1), into);
            }).IsEmpty
        );
        Assert.Equal(["a.com@10.0.0.1:61000"], _table.All());

        var gone = Do(into => _table.RemoveInstance(new LrpKey(Process, 0), new InstanceRowKey("guid-0", true), Tag(1), into));
        Assert.Equal(["a.com@10.0.0.1:61000"], gone.Unregistered());
        Assert.Empty(_table.All());
    }

    [Fact]
    public void The_evacuating_instance_and_its_replacement_serve_side_by_side()
    {
        _table.SetDesired(Desired(1, 1, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0, evacuating: true), new RouteChanges());
        var changes = Do(into => _table.SetInstance(Instance(0, guid: "next", hostPort: 62000), into));
        Assert.Equal(["a.com@10.0.0.1:62000"], changes.Registered());
        Assert.Equal(["a.com@10.0.0.1:61000", "a.com@10.0.0.1:62000"], _table.All());
    }

    [Fact]
    public void Old_news_changes_nothing()
    {
        _table.SetDesired(Desired(5, 1, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0, tag: 5), new RouteChanges());
        Assert.True(Do(into => _table.SetDesired(Desired(4, 1), into)).IsEmpty);
        Assert.True(Do(into => _table.RemoveDesired(Process, Tag(4), into)).IsEmpty);
        Assert.True(Do(into => _table.SetInstance(Instance(0, tag: 4, hostPort: 1), into)).IsEmpty);
        Assert.True(Do(into => _table.RemoveInstance(new LrpKey(Process, 0), new InstanceRowKey("guid-0", false), Tag(4), into)).IsEmpty);
        Assert.Equal(["a.com@10.0.0.1:61000"], _table.All());
    }

    [Fact]
    public void A_bumped_tag_alone_sends_nothing()
    {
        _table.SetDesired(Desired(1, 1, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0, tag: 1), new RouteChanges());
        Assert.True(Do(into => _table.SetInstance(Instance(0, tag: 2), into)).IsEmpty);
    }

    [Fact]
    public void A_moved_endpoint_is_registered_as_new_and_the_old_one_withdrawn()
    {
        _table.SetDesired(Desired(1, 1, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0, tag: 1), new RouteChanges());
        var changes = Do(into => _table.SetInstance(Instance(0, tag: 2, hostPort: 63000), into));
        Assert.Equal(["a.com@10.0.0.1:63000"], changes.Registered());
        Assert.True(changes.Register[0].IsNewEndpoint);
        Assert.Equal(["a.com@10.0.0.1:61000"], changes.Unregistered());
    }

    [Fact]
    public void Two_instances_at_one_address_are_counted_and_the_survivor_keeps_its_route()
    {
        _table.SetDesired(Desired(1, 2, Http("a.com")), new RouteChanges());
        _table.SetInstance(Instance(0, hostPort: 61000), new RouteChanges());
        var collision = Do(into => _table.SetInstance(Instance(1, hostPort: 61000), into));
        Assert.Equal(1, collision.AddressCollisions);
        Assert.Equal("guid-1", Assert.Single(collision.Register).Registration.Endpoint.InstanceGuid);

        var changes = Do(into => _table.RemoveInstance(new LrpKey(Process, 1), new InstanceRowKey("guid-1", false), Tag(1), into));
        Assert.Empty(changes.Unregister);
        Assert.Equal("guid-0", Assert.Single(changes.Register).Registration.Endpoint.InstanceGuid);
    }

    [Fact]
    public void A_removed_process_withdraws_all_its_routes()
    {
        _table.SetDesired(Desired(1, 2, Http("a.com"), Internal("i")), new RouteChanges());
        _table.SetInstance(Instance(0), new RouteChanges());
        _table.SetInstance(Instance(1), new RouteChanges());
        var changes = Do(into => _table.RemoveDesired(Process, Tag(1), into));
        Assert.Equal(["a.com@10.0.0.1:61000", "a.com@10.0.0.1:61010", "i@10.255.0.2:0", "i@10.255.0.3:0"], changes.Unregistered());
        Assert.Equal((0, 0), (_table.HttpRouteCount, _table.InternalRouteCount));
    }
}
