using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Tests.Unit.Rep.Runtime.Runc;

public sealed class MountPlacesTests
{
    private static readonly Dictionary<string, string> Links = new()
    {
        ["/var/run"] = "/run",
        ["/lib"] = "usr/lib",
        ["/data"] = "../../../dev",
        ["/deep/up"] = "../../../../proc/sys/.",
        ["/chain"] = "chain-2/x",
        ["/chain-2"] = "/lib",
        ["/a"] = "b",
        ["/b"] = "a",
        ["/odd"] = "\uFFFD",
    };

    [Theory]
    [InlineData("/srv/data", "/srv/data")]
    [InlineData("/var/run/app", "/run/app")]
    [InlineData("/lib/x", "/usr/lib/x")]
    [InlineData("/data", "/dev")]
    [InlineData("/deep/up/kernel", "/proc/sys/kernel")]
    [InlineData("/chain", "/usr/lib/x")]
    [InlineData("/a/x", null)]
    [InlineData("/odd", null)]
    public async Task Follows_the_links_of_an_image_within_it(string path, string? place) =>
        Assert.Equal(place, await MountPlaces.ResolveAsync(path, link => ValueTask.FromResult(Links.GetValueOrDefault(link))));
}
