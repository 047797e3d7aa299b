using System.Text;
using Scheduler.RouteEmitter.Routing;

namespace Scheduler.Tests.Unit.RouteEmitter.Routing;

/// <summary>The exact bytes that routers get.</summary>
public class RegistryMessageTests
{
    private static readonly Endpoint Common = new()
    {
        Kind = RouteKind.Http,
        InstanceGuid = "5e1c9d0e-0001",
        Index = 2,
        Host = "",
        AvailabilityZone = "z1",
        Since = 1_600_000_000_000_000_001,
    };

    private static readonly InstanceAddresses Addresses = new(
        "10.0.1.7",
        "10.255.3.4",
        AddressPreference.Unknown,
        [new PortPair(8080, 61001, 61443, 61002)]
    );

    [Fact]
    public void Least_a_host_address_needs() =>
        AssertJson(
            """{"host":"10.0.1.7","port":61001,"uris":["a.example.com"],"private_instance_id":"5e1c9d0e-0001","private_instance_index":"2","server_cert_domain_san":"5e1c9d0e-0001","tags":{"component":"route-emitter"}}""",
            new Route
            {
                Kind = RouteKind.Http,
                Hostname = "a.example.com",
                ContainerPort = 8080,
            },
            Addresses with
            {
                Ports = [new PortPair(8080, 61001, 0, 0)],
            },
            Common with
            {
                AvailabilityZone = "",
            }
        );

    [Fact]
    public void All_that_a_host_address_can_say() =>
        AssertJson(
            """{"host":"10.0.1.7","port":61001,"tls_port":61002,"uris":["a.example.com/v1"],"protocol":"http2","app":"log-1","route_service_url":"https://rs.example.com/?a=1&b=<2>","private_instance_id":"5e1c9d0e-0001","private_instance_index":"2","server_cert_domain_san":"5e1c9d0e-0001","isolation_segment":"iso","endpoint_updated_at_ns":1600000000000000001,"tags":{"app_name":"päivä","component":"route-emitter","index":"2","instance":"5e1c9d0e-0001"},"availability_zone":"z1","options":{"loadbalancing":"least-connection"}}""",
            Full(),
            Addresses,
            Common,
            isNewEndpoint: true
        );

    [Fact]
    public void A_directly_reached_instance_carries_no_options() =>
        AssertJson(
            """{"host":"10.255.3.4","port":8080,"tls_port":61443,"uris":["a.example.com/v1"],"protocol":"http2","app":"log-1","route_service_url":"https://rs.example.com/?a=1&b=<2>","private_instance_id":"5e1c9d0e-0001","private_instance_index":"2","server_cert_domain_san":"5e1c9d0e-0001","isolation_segment":"iso","tags":{"app_name":"päivä","component":"route-emitter","index":"2","instance":"5e1c9d0e-0001"},"availability_zone":"z1"}""",
            Full(),
            Addresses with
            {
                Preference = AddressPreference.Instance,
            },
            Common
        );

    [Fact]
    public void An_internal_name_comes_with_its_index() =>
        AssertJson(
            """{"host":"10.255.3.4","port":0,"uris":["web.apps.internal","2.web.apps.internal"],"app":"log-1","private_instance_index":"2","endpoint_updated_at_ns":1600000000000000001,"tags":{"component":"route-emitter"}}""",
            new Route
            {
                Kind = RouteKind.Internal,
                Hostname = "web.apps.internal",
                LogGuid = "log-1",
            },
            Addresses,
            Common,
            isNewEndpoint: true
        );

    [Theory]
    [InlineData("INSTANCE", false, "10.255.3.4")]
    [InlineData("HOST", true, "10.0.1.7")]
    [InlineData("UNKNOWN", true, "10.255.3.4")]
    [InlineData("UNKNOWN", false, "10.0.1.7")]
    public void The_instance_says_how_it_is_reached_and_else_the_emitter(string preference, bool directByDefault, string host)
    {
        var addresses = Addresses with { Preference = Enum.Parse<AddressPreference>(preference, ignoreCase: true) };
        Assert.Equal(host, EndpointRules.Endpoints(addresses, directByDefault, Common)[0].Host);
    }

    [Fact]
    public void A_port_that_nobody_can_dial_is_not_announced() =>
        Assert.DoesNotContain(
            EndpointRules.Endpoints(Addresses with { Ports = [new PortPair(8080, 0, 0, 0)] }, false, Common),
            endpoint => endpoint.Kind == RouteKind.Http
        );

    private static Route Full()
    {
        var routes = new List<Route>();
        Assert.True(
            RouteParser.TryAppendHttp(
                """[{"hostnames":["a.example.com/v1"],"port":8080,"route_service_url":"https://rs.example.com/?a=1&b=<2>","isolation_segment":"iso","protocol":"http2","options":{ "loadbalancing": "least-connection" },"unknown":1}]"""u8,
                "log-1",
                [
                    new("app_name", MetricTagSource.Static, "päivä"),
                    new("component", MetricTagSource.Static, "mine"),
                    new("index", MetricTagSource.Index, ""),
                    new("instance", MetricTagSource.InstanceGuid, ""),
                ],
                routes
            )
        );
        return Assert.Single(routes);
    }

    private static void AssertJson(string expected, Route route, InstanceAddresses addresses, Endpoint instance, bool isNewEndpoint = false)
    {
        var endpoint = EndpointRules.Endpoints(addresses, false, instance).First(one => one.Kind == route.Kind);
        var writer = new RegistryMessage();
        // Twice, for the writer is reused.
        writer.Write(new Registration(route, endpoint), isNewEndpoint);
        Assert.Equal(expected, Encoding.UTF8.GetString(writer.Write(new Registration(route, endpoint), isNewEndpoint).Span));
    }
}
