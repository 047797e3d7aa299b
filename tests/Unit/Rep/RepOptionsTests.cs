using Scheduler.Rep;

namespace Scheduler.Tests.Unit.Rep;

public sealed class RepOptionsTests
{
    public static TheoryData<string, Action<RepOptions>> Mistakes => new()
    {
        { "CellId", options => options.CellId = "" },
        { "CellId", options => options.CellId = "a/b" },
        { "MemoryMb", options => options.MemoryMb = 0 },
        { "DiskMb", options => options.DiskMb = -1 },
        { "MaxContainers", options => options.MaxContainers = 0 },
        { "AdvertiseAddress", options => options.AdvertiseAddress = "somewhere" },
        { "RepUrl", options => options.RepUrl = "10.0.0.1:1800" },
        { "RootFsSchemes", options => options.RootFsSchemes = [] },
        { "PresenceTtl", options => options.PresenceTtl = TimeSpan.FromSeconds(1) },
        { "RetryMax", options => options.RetryMax = TimeSpan.Zero },
        { "SyncInterval", options => options.SyncInterval = TimeSpan.Zero },
        { "HealthCheckInterval", options => options.HealthCheckInterval = TimeSpan.FromSeconds(29) },
        { "HealthCheckTimeout", options => options.HealthCheckTimeout = TimeSpan.Zero },
        { "GracefulShutdown", options => options.GracefulShutdown = TimeSpan.FromSeconds(-1) },
        { "MailboxLimit", options => options.MailboxLimit = 1 },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_by_its_field(string field, Action<RepOptions> mistake)
    {
        var options = Valid();
        mistake(options);

        var broken = Assert.Single(RepOptionsRules.Check(options));
        Assert.EndsWith(field, broken.Field);
        Assert.NotEmpty(broken.Rule);
    }

    [Fact]
    public void The_defaults_are_fine() => Assert.Empty(RepOptionsRules.Check(Valid()));

    private static RepOptions Valid() => new() { CellId = "cell-1", AdvertiseAddress = "10.0.0.1" };
}
