using Scheduler.Router.Table;

namespace Scheduler.Tests.Unit.Router.Table;

public class RoutingTableTests
{
    private static readonly PickRules Rules = new(Balancing.RoundRobin, MostRequests: 100);

    private readonly RoutingTable _table = new(new TableLimits(8, 10, Seconds(120), Seconds(60)), new Random(1));

    [Theory]
    [InlineData("a.example.com", "/", "a.example.com")]
    [InlineData("A.EXAMPLE.COM", "/", "a.example.com")]
    [InlineData("a.example.com", "/api", "a.example.com/api")]
    [InlineData("a.example.com", "/API/x", "a.example.com/api")]
    [InlineData("a.example.com", "/apis", "a.example.com")]
    [InlineData("a.example.com", "/api/v1/users", "a.example.com/api/v1")]
    [InlineData("b.example.com", "/only/x", "b.example.com/only")]
    [InlineData("b.example.com", "/other", "*.example.com")]
    [InlineData("x.y.example.com", "/", "*.example.com")]
    [InlineData("x.deep.example.com", "/", "*.deep.example.com")]
    [InlineData("example.com", "/", null)]
    [InlineData("other.com", "/", null)]
    [InlineData("com", "/", null)]
    [InlineData("", "/", null)]
    public void The_exact_host_counts_first_then_the_longest_path(string host, string path, string? route)
    {
        Register(
            Message(
                1,
                "a.example.com",
                "a.example.com/api",
                "a.example.com/api/v1",
                "b.example.com/only",
                "*.example.com",
                "*.deep.example.com"
            )
        );
        Assert.Equal(route, _table.Find(host, path)?.Uri.ToString());
    }

    [Fact]
    public void Instances_take_turns()
    {
        Register(Message(1, "a"), Message(2, "a"), Message(3, "a"));
        Assert.Equal((1, 3), (_table.Routes, _table.Backends));
        var taken = Enumerable.Range(0, 6).Select(_ => Take()).ToList();
        Assert.Equal([1, 1, 2, 2, 3, 3], taken.Order());
        Assert.Equal(taken[..3], taken[3..]);
    }

    [Fact]
    public void With_least_connection_the_idle_one_is_next()
    {
        var least = Message(1, "a") with { Options = new RouteOptions("least-connection") };
        Register(least, Message(2, "a") with { Options = least.Options });
        var pool = Pool();
        var first = pool.Take("", [], Rules, default).Backend!;
        var second = pool.Take("", [], Rules, default).Backend!;
        Assert.NotSame(first, second);
        first.End();
        Assert.Same(first, pool.Take("", [], Rules, default).Backend);
        second.End();
        second.End();
    }

    [Fact]
    public void The_preferred_instance_is_taken_while_it_exists()
    {
        Register(Message(1, "a"), Message(2, "a"));
        Assert.All(Enumerable.Range(0, 4), _ => Assert.Equal(2, Take("instance-2")));
        Unregister(Message(2, "a"));
        Assert.Equal(1, Take("instance-2"));
    }

    [Fact]
    public void Whoever_refused_is_asked_last()
    {
        Register(Message(1, "a"), Message(2, "a"));
        var pool = Pool();
        var one = pool.Backends.Single(backend => backend.Identity.Port == 1);
        one.SetAside(Seconds(30));
        Assert.All(Enumerable.Range(0, 4), _ => Assert.Equal(2, Take()));
        pool.Backends.Single(backend => backend != one).SetAside(Seconds(30));
        Assert.Contains(Take(), (int[])[1, 2]);
        Assert.Equal([1, 2], Enumerable.Range(0, 2).Select(_ => Take(at: 31)).Order());
    }

    [Fact]
    public void Nobody_is_tried_twice_or_beyond_the_limit()
    {
        Assert.Null(_table.Find("a", "/"));
        Register(Message(1, "a"), Message(2, "a"));
        var pool = Pool();
        var rules = Rules with { MostRequests = 1 };
        var first = pool.Take("", [], rules, default).Backend!;
        var second = pool.Take("", [first], rules, default).Backend!;
        Assert.NotSame(first, second);
        Assert.Equal(PickFailure.AllTried, pool.Take("", [first, second], rules, default).Failure);
        Assert.Equal(PickFailure.AllBusy, pool.Take("", [first], rules, default).Failure);
        second.End();
        Assert.Same(second, pool.Take("", [first], rules, default).Backend);
    }

    [Fact]
    public void One_instance_of_an_application_can_be_asked_for()
    {
        Register(Message(1, "a"), Message(2, "a"));
        var pool = Pool();
        var two = pool.TakeInstance("app", "2", Rules, []).Backend!;
        Assert.Equal(2, two.Identity.Port);
        Assert.Equal(PickFailure.AllTried, pool.TakeInstance("app", "2", Rules, [two]).Failure);
        Assert.Equal(PickFailure.NoEndpoints, pool.TakeInstance("app", "3", Rules, []).Failure);
        Assert.Equal(PickFailure.NoEndpoints, pool.TakeInstance("other", "2", Rules, []).Failure);
    }

    [Fact]
    public void A_route_without_instances_is_kept_for_a_while()
    {
        Register(Message(1, "a"));
        Unregister(Message(1, "a"));
        Assert.Equal(0, _table.Backends);
        Assert.Equal(PickFailure.NoEndpoints, Pool().Take("", [], Rules, default).Failure);
        Assert.Equal(0, _table.Prune(Seconds(59)));
        Assert.NotNull(_table.Find("a", "/"));
        Assert.Equal(0, _table.Prune(Seconds(60)));
        Assert.Null(_table.Find("a", "/"));
        Assert.Equal(0, _table.Routes);
    }

    [Fact]
    public void What_is_not_registered_again_goes_stale()
    {
        Register(
            Message(1, "a"),
            Message(2, "a") with
            {
                StaleThresholdInSeconds = 30,
            },
            Message(3, "a") with
            {
                StaleThresholdInSeconds = 999,
            }
        );
        Assert.Equal(1, _table.Prune(Seconds(30)));
        Register(100, Message(1, "a"));
        Assert.Equal(1, _table.Prune(Seconds(120)));
        Assert.Equal(1, Take());
        _table.Refresh(Seconds(219));
        Assert.Equal(0, _table.Prune(Seconds(338)));
        Assert.Equal(1, _table.Prune(Seconds(339)));
    }

    [Fact]
    public void A_late_withdrawal_does_not_hit_the_next_owner_of_the_port()
    {
        Register(Message(1, "a"));
        Register(Message(1, "a") with { PrivateInstanceId = "next" });
        Assert.Equal(1, _table.Backends);
        Unregister(Message(1, "a"));
        Assert.Equal("next", Pool().Backends.Single().Identity.InstanceId);
        Unregister(Message(1, "a") with { PrivateInstanceId = "" });
        Assert.Empty(Pool().Backends);
    }

    [Fact]
    public void The_instance_that_was_placed_later_keeps_the_port()
    {
        Register(Message(1, "a") with { PrivateInstanceId = "new", EndpointUpdatedAtNs = 9 });
        Register(Message(1, "a") with { PrivateInstanceId = "old", EndpointUpdatedAtNs = 8 });
        Assert.Equal("new", Pool().Backends.Single().Identity.InstanceId);
        Register(Message(1, "a") with { PrivateInstanceId = "newer", EndpointUpdatedAtNs = 10 });
        Assert.Equal("newer", Pool().Backends.Single().Identity.InstanceId);
    }

    [Fact]
    public void A_repeated_registration_keeps_what_is_known_of_the_instance()
    {
        Register(Message(1, "a"));
        var before = Pool().Take("", [], Rules, default).Backend;
        Assert.Equal(0, _table.Register(Message(1, "a"), Seconds(1)).Added);
        Assert.Same(before, Pool().Backends.Single());
        Assert.Equal(1, before!.Requests);
    }

    [Fact]
    public void A_withdrawal_leaves_other_hosts_and_instances_alone()
    {
        Register(Message(1, "a", "b"), Message(2, "a"));
        Unregister(Message(1, "a", "unknown", "not a host"));
        Assert.Equal(2, Pool().Backends.Single().Identity.Port);
        Assert.Single(_table.Find("b", "/")!.Backends);
    }

    [Fact]
    public void A_route_with_a_route_service_says_so()
    {
        Register(Message(1, "a") with { RouteServiceUrl = "https://checks-logins" });
        Assert.True(Pool().NeedsRouteService);
        Register(Message(1, "a"));
        Assert.False(Pool().NeedsRouteService);
    }

    [Fact]
    public void The_table_has_limits()
    {
        var hosts = Enumerable.Range(0, 9).Select(i => $"h{i}").ToArray();
        Assert.Equal((8, 1), Counts(_table.Register(Message(1, hosts), default)));
        Assert.Equal((2, 1), Counts(_table.Register(Message(2, "h0", "h1", "h2"), default)));
        Assert.Equal((8, 10), (_table.Routes, _table.Backends));
        Assert.Equal((0, 0), Counts(_table.Register(Message(2, "h0"), default)));
        Assert.Equal(1, _table.Register(Message(2, "no host"), default).Malformed);
        Unregister(Message(1, "h0"));
        Assert.Equal((1, 0), Counts(_table.Register(Message(3, "h1"), default)));

        static (int, int) Counts(TableChange change) => (change.Added, change.BeyondLimit);
    }

    [Fact]
    public async Task Lookups_go_on_while_the_table_changes()
    {
        Register(Message(1, "stays", "stays/path"));
        using var stop = new CancellationTokenSource();
        var changing = Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                Register(i, Message(2, "stays", "stays/other", "comes"));
                Unregister(Message(2, "stays", "stays/other", "comes"), i);
                _table.Prune(Seconds(i));
                Register(i, Message(1, "stays", "stays/path"));
            }
        });
        for (var i = 0; i < 20_000; i++)
        {
            Assert.Equal("stays/path", _table.Find("stays", "/path/x")?.Uri.ToString());
            var pick = _table.Find("stays", "/")!.Take("", [], Rules, default);
            Assert.NotNull(pick.Backend);
            pick.Backend.End();
        }

        await stop.CancelAsync();
        await changing;
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static RegistryMessage Message(int port, params string[] uris) =>
        new()
        {
            Host = "10.0.0.1",
            Port = port,
            Uris = uris,
            App = "app",
            PrivateInstanceId = $"instance-{port}",
            PrivateInstanceIndex = $"{port}",
        };

    private void Register(params RegistryMessage[] messages) => Register(0, messages);

    private void Register(double at, params RegistryMessage[] messages)
    {
        foreach (var message in messages)
            _table.Register(message, Seconds(at));
    }

    private void Unregister(RegistryMessage message, double at = 0) => _table.Unregister(message, Seconds(at));

    private RoutePool Pool() => _table.Find("a", "/")!;

    /// <summary>Serves one request, and says by which port.</summary>
    private int Take(string preferred = "", double at = 0)
    {
        var backend = Pool().Take(preferred, [], Rules, Seconds(at)).Backend!;
        backend.End();
        return backend.Identity.Port;
    }
}
