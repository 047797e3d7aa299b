using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>The attacks with runc, and the proof that each of them would succeed.</summary>
public sealed class NetworkHostileTests : NetworkAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Runc;

    [Fact]
    public async Task No_probe_hits_and_no_egress_rule_opens_what_is_the_cells() =>
        HostileAssert.NoHits(await ProbeAsync(NetworkProbes.EgressRules, rules: true));

    /// <summary>Otherwise the probes would prove nothing.</summary>
    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Every_probe_hits_when_the_rules_are_gone() =>
        HostileAssert.AllHit(await ProbeAsync(NetworkProbes.EgressRules, rules: false));
}

[Trait(TestScale.Run, TestScale.NightlyOnly)]
public sealed class ContainerdNetworkHostileTests : NetworkAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Containerd;

    [Fact]
    public async Task No_probe_hits_and_no_egress_rule_opens_what_is_the_cells() =>
        HostileAssert.NoHits(await ProbeAsync(NetworkProbes.EgressRules, rules: true));
}

/// <summary>
/// Without egress rules, which the runtime refuses, and without forged frames, which need more capabilities than a container has by default.
/// Its containers have no IPv6.
/// </summary>
[Trait(TestScale.Run, TestScale.NightlyOnly)]
public sealed class DockerNetworkHostileTests : NetworkAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Docker;

    private protected override IReadOnlyCollection<string> Excluded =>
        ["other-arp", "arp-as-other", "arp-as-host", "ip-of-nobody", "mac-of-nobody", "host-ipv6", "other-ipv6"];
}
