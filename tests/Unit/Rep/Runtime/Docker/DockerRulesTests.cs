using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Docker;

namespace Scheduler.Tests.Unit.Rep.Runtime.Docker;

public sealed class DockerRulesTests
{
    private static readonly EngineFacts Debian = new("20.10.24+dfsg1", "overlay2", "cgroupfs", ["name=seccomp"], "/usr/sbin/runc", true);

    private readonly RuntimeOptions _options = new();
    private readonly NetworkOptions _network = new();
    private readonly ImageOptions _images = new();

    [Fact]
    public void The_defaults_suit_Debians_engine() => Assert.Empty(Broken(Debian));

    [Theory]
    [InlineData("19.03.15", false)]
    [InlineData("20.9.1", false)]
    [InlineData("20.10.24+dfsg1", true)]
    [InlineData("28.2.2", true)]
    [InlineData("dev", false)]
    public void The_engine_must_be_recent(string version, bool suits) =>
        Assert.Equal(suits, Broken(Debian with { Version = version }).Count == 0);

    [Fact]
    public void An_engine_that_maps_users_or_has_no_runc_does_not_do()
    {
        Assert.Contains("userns-remap", Assert.Single(Broken(Debian with { SecurityOptions = ["name=seccomp", "name=userns"] })));
        Assert.Contains("not runc", Assert.Single(Broken(Debian with { Runtime = null })));
    }

    [Fact]
    public void Disk_limits_need_a_storage_driver_that_can_be_measured()
    {
        Assert.Contains("overlay2", Assert.Single(Broken(Debian with { StorageDriver = "vfs" })));
        _options.DiskQuota = DiskQuotaMode.Off;
        Assert.Empty(Broken(Debian with { StorageDriver = "vfs" }));
        _options.DiskQuota = DiskQuotaMode.Loop;
        Assert.Contains("--disk-quota loop", Assert.Single(Broken(Debian)));
    }

    [Fact]
    public void Every_setting_without_effect_is_refused()
    {
        _options.UserNamespaces = UserNamespaceMode.Required;
        _network.DefaultEgress = EgressDefault.Deny;
        _network.ContainerToContainer = ContainerToContainer.Lrp;
        _network.PublishedPortsFromContainers = true;
        _images.Registry.Mirrors.Add("docker.io=https://mirror.example");
        _images.Registry.Insecure.Add("registry.example");
        Assert.Equal(
            [
                "--user-namespaces",
                "--default-egress",
                "--container-to-container",
                "--published-ports-from-containers",
                "--registry-mirror",
                "--insecure-registry",
            ],
            Broken(Debian).Select(why => why.Split(' ', ':')[0])
        );
    }

    [Fact]
    public void A_cgroup_parent_needs_the_driver_that_takes_one()
    {
        Assert.Empty(Broken(Debian with { CgroupDriver = "systemd" }));
        _options.CgroupParent = "/cells";
        Assert.Empty(Broken(Debian));
        Assert.Contains("--cgroup-parent", Assert.Single(Broken(Debian with { CgroupDriver = "systemd" })));
    }

    [Fact]
    public void Work_that_needs_network_policy_is_refused()
    {
        var spec = new ContainerSpec { Handle = "c1", RootFs = "preloaded:busybox" };
        DockerRules.Check(spec);
        Refused(spec with { Egress = [] }, "egress_rules");
        Dictionary<string, string> trusting = new() { ["network.container_to_container"] = "lrp", [WorkProperties.ProcessGuid] = "web" };
        Refused(spec with { Properties = trusting }, "network.properties.container_to_container");
    }

    private static void Refused(ContainerSpec spec, string field)
    {
        var refused = Assert.Throws<DomainException>(() => DockerRules.Check(spec));
        Assert.Equal(field, Assert.Single(refused.Error.Violations).Field);
    }

    private IReadOnlyList<string> Broken(EngineFacts engine) => DockerRules.Broken(_options, _network, _images, engine);
}
