using System.Text;
using Google.Protobuf;
using Scheduler.RouteEmitter.Routing;

namespace Scheduler.Tests.Unit.RouteEmitter.Routing;

public class RouteParserTests
{
    [Fact]
    public void Each_hostname_is_a_route()
    {
        var routes = new List<Route>();
        Assert.True(
            RouteParser.TryAppendHttp(
                """[{"hostnames":["a","b"],"port":8080},{"hostnames":["c"],"port":9090,"options":null}]"""u8,
                "log",
                [],
                routes
            )
        );
        Assert.Equal([("a", 8080u), ("b", 8080u), ("c", 9090u)], routes.Select(route => (route.Hostname, route.ContainerPort)));
        Assert.All(routes, route => Assert.Null(route.Options));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"hostnames\":[\"a\"]}")]
    [InlineData("[{\"hostnames\":\"a\"}]")]
    [InlineData("[{\"port\":-1}]")]
    [InlineData("[null]")]
    [InlineData("\"text\"")]
    public void Json_of_another_shape_counts_as_no_routes(string json)
    {
        var routes = new List<Route>();
        Assert.False(RouteParser.TryAppendHttp(Encoding.UTF8.GetBytes(json), "log", [], routes));
        Assert.Empty(routes);
    }

    [Fact]
    public void Internal_names_are_read()
    {
        var routes = new List<Route>();
        Assert.True(
            RouteParser.TryAppendInternal(
                ByteString.CopyFromUtf8("""[{"hostname":"a.internal"},{"hostname":""},{"hostname":null},{}]"""),
                "log",
                routes
            )
        );
        Assert.Equal("a.internal", Assert.Single(routes).Hostname);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[null]")]
    [InlineData("[\"a.internal\"]")]
    [InlineData("[{\"hostname\":\"a.internal\"},{\"hostname\":1}]")]
    [InlineData("[{\"hostname\":\"\\ud800\"}]")]
    public void Internal_names_of_another_shape_count_as_none(string json)
    {
        var routes = new List<Route>();
        Assert.False(RouteParser.TryAppendInternal(ByteString.CopyFromUtf8(json), "log", routes));
        Assert.Empty(routes);
    }
}
