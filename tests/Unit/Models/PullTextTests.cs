using Scheduler.Models;

namespace Scheduler.Tests.Unit.Models;

public sealed class PullTextTests
{
    [Theory]
    [InlineData("docker://nginx:1.25", 0, 0, 0, 0, "", "pulling nginx:1.25: asking the registry")]
    [InlineData("docker://nginx:1.25", 1, 5, 34_900_000, 120_000_000, "", "pulling nginx:1.25: layer 2/5, 34 of 120 MB")]
    [InlineData("docker://nginx:1.25", 5, 5, 9_999, 9_999, "", "pulling nginx:1.25: layer 5/5, 9 of 9 kB")]
    [InlineData("docker:///nginx", 0, 2, 1, 2, "registry x broke off", "pulling nginx: registry x broke off; trying again")]
    [InlineData("oci:///srv/web", 0, 2, 0, 0, "", "pulling oci:///srv/web: layer 1/2")]
    public void Says_how_far_a_pull_is(string image, long layers, long of, long bytes, long ofBytes, string trouble, string text) =>
        Assert.Equal(text, PullText.Describe(image, (layers, of), (bytes, ofBytes), trouble));
}
