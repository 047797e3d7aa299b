using Google.Protobuf;
using Scheduler.Client;
using Scheduler.Client.Commands;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;

namespace Scheduler.Tests.Cli.Client.Commands;

public class RoutedInstanceTests
{
    [Fact]
    public void Each_route_is_listed_with_each_instance_and_its_health()
    {
        DesiredLRP[] lrps =
        [
            Lrp("web", 5, """[{"hostnames":["b.localhost","a.localhost/x"],"port":8080},{"hostnames":["c"],"port":9090}]"""),
            Lrp("idle", 0, """[{"hostnames":["idle"],"port":8080}]"""),
            Lrp("odd", 1, """{"hostnames":1}"""),
            Lrp("none", 1, null),
        ];
        ActualLRP[] rows =
        [
            Row(0, "RUNNING"),
            Row(1, "RUNNING", isRoutable: false),
            Row(2, "CLAIMED"),
            Row(3, "CRASHED"),
            Row(4, "UNCLAIMED"),
            Row(5, "RUNNING"),
        ];
        var routes = RoutedInstance.Of(lrps, rows);
        Assert.Equal(
            [
                ("a.localhost/x", 0, "10.0.0.1:61000", "healthy"),
                ("a.localhost/x", 1, "10.0.0.1:61001", "not ready"),
                ("a.localhost/x", 2, "", "starting"),
                ("a.localhost/x", 3, "", "crashed"),
                ("a.localhost/x", 4, "", "waiting for a cell"),
            ],
            routes.Take(5).Select(route => (route.Hostname, route.Index!.Value, route.Address, route.Health))
        );
        Assert.Equal(["a.localhost/x", "b.localhost", "c", "idle"], routes.Select(route => route.Hostname).Distinct());
        Assert.Equal("port 9090 is not mapped", routes.First(route => route.Hostname == "c").Health);
        Assert.Equal((null, "no instance"), (routes[^1].Index, routes[^1].Health));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8080", "web.localhost", "http://web.localhost:8080")]
    [InlineData("http://127.0.0.1:80", "web.localhost/api", "http://web.localhost/api")]
    [InlineData("http://[::1]:8081/", "a/b/c", "http://a:8081/b/c")]
    public void A_route_has_a_URL(string router, string hostname, string url) => Assert.Equal(url, RouteUrls.Of(router, hostname));

    private static DesiredLRP Lrp(string guid, int instances, string? routes)
    {
        var lrp = new DesiredLRP
        {
            ProcessGuid = guid,
            Instances = instances,
            Routes = new ProtoRoutes(),
        };
        if (routes is not null)
            lrp.Routes.Routes[RouteKeys.Http] = ByteString.CopyFromUtf8(routes);
        return lrp;
    }

    private static ActualLRP Row(int index, string state, bool? isRoutable = null)
    {
        var row = new ActualLRP
        {
            ActualLrpKey = new ActualLRPKey { ProcessGuid = "web", Index = index },
            State = state,
        };
        if (isRoutable is { } routable)
            row.Routable = routable;
        if (state == "RUNNING")
            row.ActualLrpNetInfo = new ActualLRPNetInfo
            {
                Address = "10.0.0.1",
                Ports =
                {
                    new PortMapping { ContainerPort = 8080, HostPort = (uint)(61000 + index) },
                },
            };
        return row;
    }
}
