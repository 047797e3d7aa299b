using Scheduler.Cli.Services;
using Scheduler.Models;

namespace Scheduler.Tests.Cli;

public sealed class PreloadedRootFsTests
{
    [Theory]
    [InlineData(null, "preloaded:linux")]
    [InlineData("preloaded:other", "preloaded:other")]
    [InlineData("none", "")]
    public void The_health_check_takes_the_first_unless_told_otherwise(string? given, string expected) =>
        Assert.Equal(expected, PreloadedRootFs.ForHealthCheck(given, ["linux", "other"]));

    [Fact]
    public void Without_any_there_is_no_check() => Assert.Equal("", PreloadedRootFs.ForHealthCheck(null, []));

    [Theory]
    [InlineData("preloaded:missing")]
    [InlineData("linux")]
    [InlineData("")]
    public void One_that_is_not_there_is_refused(string given)
    {
        var refused = Assert.Throws<DomainException>(() => PreloadedRootFs.ForHealthCheck(given, ["linux"]));

        Assert.Contains("health_check_rootfs", refused.Message, StringComparison.Ordinal);
    }
}
