using Scheduler.Router.Table;

namespace Scheduler.Tests.Unit.Router.Table;

public class RouteUriTests
{
    [Theory]
    [InlineData("web.localhost", "web.localhost", "", false)]
    [InlineData("WEB.Example.com/", "web.example.com", "", false)]
    [InlineData("a.b/Some/Path/", "a.b", "/some/path", false)]
    [InlineData("a.b/caf%C3%A9?x=/y", "a.b", "/café", false)]
    [InlineData("*.example.com/x", "example.com", "/x", true)]
    [InlineData("host_1", "host_1", "", false)]
    public void Reads_host_and_path(string text, string host, string path, bool isWildcard)
    {
        Assert.True(RouteUri.TryParse(text, out var uri));
        Assert.Equal(new RouteUri(host, path, isWildcard), uri);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/path")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("a.*.b")]
    [InlineData("*a.b")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a.")]
    [InlineData("a:80")]
    [InlineData("http://a")]
    [InlineData("a b")]
    [InlineData("ä.de")]
    public void Refuses_the_rest(string? text) => Assert.False(RouteUri.TryParse(text, out _));

    [Fact]
    public void Refuses_what_is_too_long()
    {
        Assert.False(RouteUri.TryParse(new string('a', 254), out _));
        Assert.False(RouteUri.TryParse("a/" + new string('a', 1024), out _));
    }

    [Theory]
    [InlineData("web.localhost:8080", "web.localhost")]
    [InlineData("web.localhost.", "web.localhost")]
    [InlineData("web.localhost.:80", "web.localhost")]
    [InlineData("[::1]:8080", "[::1]")]
    [InlineData("[::1]", "[::1]")]
    [InlineData("", "")]
    public void Takes_the_name_out_of_a_host_header(string header, string name) => Assert.Equal(name, RouteUri.HostOf(header).ToString());
}
