using Scheduler.Rep;

namespace Scheduler.Tests.Unit.Rep;

public sealed class RepOptionsTests
{
    public static TheoryData<string, Action<RepOptions>> Mistakes =>
        new()
        {
            { "cell-id", options => options.CellId = "" },
            { "cell-id", options => options.CellId = "a/b" },
            { "memory-mb", options => options.MemoryMb = 0 },
            { "disk-mb", options => options.DiskMb = -1 },
            { "max-containers", options => options.MaxContainers = 0 },
            { "advertise-address", options => options.AdvertiseAddress = "somewhere" },
            { "rep-url", options => options.RepUrl = "10.0.0.1:1800" },
            { "rootfs-scheme", options => options.RootFsSchemes = [] },
            { "presence-ttl", options => options.PresenceTtl = TimeSpan.FromSeconds(1) },
            { "retry-max", options => options.RetryMax = TimeSpan.FromMilliseconds(1) },
            { "sync-interval", options => options.SyncInterval = TimeSpan.Zero },
            { "health-check-interval", options => options.HealthCheckInterval = TimeSpan.FromSeconds(29) },
            { "health-check-timeout", options => options.HealthCheckTimeout = TimeSpan.Zero },
            { "stop-delay", options => options.StopDelay = TimeSpan.FromMinutes(6) },
            { "grace", options => options.GracefulShutdown = TimeSpan.FromSeconds(-1) },
            { "instance-ca-cert", options => options.InstanceAuthorityKey = "/ca.key" },
            { "instance-ca-cert", options => options.InstanceAuthorityCertificate = "/ca.crt" },
            { "instance-cert-validity", options => options.InstanceCertificateValidity = TimeSpan.FromMinutes(9) },
            { "mailbox-limit", options => options.MailboxLimit = 1 },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_by_its_field(string field, Action<RepOptions> mistake)
    {
        var options = Valid();
        mistake(options);

        var broken = Assert.Single(RepOptionsRules.Check(options));
        Assert.Equal(field, broken.Field);
        Assert.NotEmpty(broken.Rule);
    }

    [Fact]
    public void The_defaults_are_fine() => Assert.Empty(RepOptionsRules.Check(Valid()));

    private static RepOptions Valid() => new() { CellId = "cell-1", AdvertiseAddress = "10.0.0.1" };
}
