using Scheduler.RouteEmitter.Routing;
using Scheduler.Tests.TestKit;
using static Scheduler.Tests.Unit.RouteEmitter.RouteSamples;

namespace Scheduler.Tests.Unit.RouteEmitter.Routing;

/// <summary>Random histories of one BBS, told to a table; a router that believes the table's messages is kept beside it.</summary>
public class RoutingTablePropertyTests
{
    private static readonly string[] Hostnames = ["a.com", "b.com", "c.com/x"];

    public static TheoryData<int> Seeds => new(Enumerable.Range(1, TestScale.Cases(30, nightly: 500)));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_routers_were_told_is_what_the_table_says(int seed)
    {
        var random = new Random(seed);
        var world = new World(random);
        var table = new RoutingTable();
        var router = new Dictionary<RouterKey, Registration>();
        for (var step = 0; step < 300; step++)
        {
            var changes = new RouteChanges();
            if (random.Next(25) == 0)
                table.ReplaceWith(world.Snapshot(), _ => random.Next(2) == 0, changes);
            else if (random.Next(25) == 0)
                table.ReleaseHeld("cf-apps", changes);
            else
                world.Step()(table, changes);
            Believe(router, changes);
            AssertEqual(table, router);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Repeated_and_late_events_and_the_order_of_unrelated_ones_make_no_difference(int seed)
    {
        var random = new Random(seed);
        var world = new World(random);
        var told = new RoutingTable();
        for (var step = 0; step < 200; step++)
        {
            world.Step()(told, new RouteChanges());
            for (var i = random.Next(4); i > 0; i--)
                world.OldNews()(told, new RouteChanges());
        }

        var fresh = world.Snapshot();
        Assert.Equal(fresh.All(), told.All());
        Assert.Equal(fresh.All(RouteKind.Internal), told.All(RouteKind.Internal));
        Assert.True(Do(changes => told.ReplaceWith(fresh, _ => true, changes)).Unregister.Count == 0);
    }

    private static void Believe(Dictionary<RouterKey, Registration> router, RouteChanges changes)
    {
        foreach (var one in changes.Register)
            router[one.Registration.Key] = one.Registration;
        foreach (var registration in changes.Unregister)
            Assert.True(router.Remove(registration.Key), $"withdrew {Text(registration)}, which was not there or is meant to stay");
    }

    private static void AssertEqual(RoutingTable table, Dictionary<RouterKey, Registration> router)
    {
        var all = new List<Registration>();
        table.AppendAll(RouteKind.Http, all);
        table.AppendAll(RouteKind.Internal, all);
        Assert.Equal(router.Count, all.Count);
        Assert.Equal(table.HttpRouteCount + table.InternalRouteCount, all.Count);
        foreach (var registration in all)
            Assert.True(
                router.TryGetValue(registration.Key, out var believed) && believed.IsSameAs(registration),
                $"the router is wrong about {Text(registration)}"
            );
    }

    /// <summary>One process with up to four slots, each with an ordinary and an evacuating row.</summary>
    private sealed class World(Random random)
    {
        private readonly Dictionary<InstanceRowKey, RoutableInstance> _rows = [];
        private readonly Dictionary<InstanceRowKey, List<RoutableInstance>> _rowVersions = [];
        private readonly List<DesiredRoutes> _desiredVersions = [];
        private DesiredRoutes? _desired;
        private uint _tag;

        public Action<RoutingTable, RouteChanges> Step()
        {
            _tag++;
            switch (random.Next(6))
            {
                case 0 or 1:
                    var desired = _desired = Desired(_tag, random.Next(5), [.. Routes()]);
                    _desiredVersions.Add(desired);
                    return (table, changes) => table.SetDesired(desired, changes);
                case 2 when _desired is { } gone && random.Next(3) == 0:
                    _desired = null;
                    _desiredVersions.Clear();
                    return (table, changes) => table.RemoveDesired(gone.ProcessGuid, gone.Tag, changes);
                case 2 or 3:
                    var index = random.Next(4);
                    // Ports are few, so that instances come to claim one address.
                    var row = Instance(index, _tag, $"guid-{index}-{random.Next(2)}", random.Next(3) == 0, (uint)(61000 + random.Next(5)));
                    _rows[row.RowKey] = row;
                    (_rowVersions.TryGetValue(row.RowKey, out var versions) ? versions : _rowVersions[row.RowKey] = []).Add(row);
                    return (table, changes) => table.SetInstance(row, changes);
                default:
                    if (_rows.Count == 0)
                        return (_, _) => { };
                    var lost = _rows.Values.ElementAt(random.Next(_rows.Count));
                    _rows.Remove(lost.RowKey);
                    _rowVersions.Remove(lost.RowKey);
                    return (table, changes) => table.RemoveInstance(lost.Key, lost.RowKey, lost.Tag, changes);
            }
        }

        /// <summary>Some version, of now or earlier, of something that still is: what is gone cannot be told from what never was.</summary>
        public Action<RoutingTable, RouteChanges> OldNews()
        {
            if (_desiredVersions.Count > 0 && (_rows.Count == 0 || random.Next(3) == 0))
            {
                var desired = _desiredVersions[random.Next(_desiredVersions.Count)];
                return (table, changes) => table.SetDesired(desired, changes);
            }

            if (_rows.Count == 0)
                return (_, _) => { };
            var versions = _rowVersions.Values.ElementAt(random.Next(_rowVersions.Count));
            var row = versions[random.Next(versions.Count)];
            return (table, changes) => table.SetInstance(row, changes);
        }

        public RoutingTable Snapshot()
        {
            var table = new RoutingTable();
            var versions = CurrentVersions().ToArray();
            random.Shuffle(versions);
            foreach (var version in versions)
                version(table, new RouteChanges());
            return table;
        }

        private IEnumerable<Action<RoutingTable, RouteChanges>> CurrentVersions()
        {
            if (_desired is { } desired)
                yield return (table, changes) => table.SetDesired(desired, changes);
            foreach (var row in _rows.Values.ToArray())
                yield return (table, changes) => table.SetInstance(row, changes);
        }

        private IEnumerable<Route> Routes()
        {
            foreach (var hostname in Hostnames)
            {
                if (random.Next(2) == 0)
                    yield return Http(hostname) with
                    {
                        RouteServiceUrl = random.Next(4) == 0 ? "https://rs" : "",
                    };
            }

            if (random.Next(3) == 0)
                yield return Internal("web.internal");
        }
    }
}
