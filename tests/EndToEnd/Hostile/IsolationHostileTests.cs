using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>The attacks with runc, and the proof that each of them would succeed.</summary>
public sealed class IsolationHostileTests : IsolationAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Runc;

    /// <summary>Otherwise the probes would prove nothing.</summary>
    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Every_probe_hits_when_its_defences_are_off() => HostileAssert.AllHit(await ProbeAsync(Defences.All));

    /// <summary>No probe is held only because another defence stops it too.</summary>
    [Theory]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    [InlineData("UserNamespace")]
    [InlineData("Seccomp")]
    [InlineData("Capabilities")]
    [InlineData("NoNewPrivileges")]
    [InlineData("Paths")]
    [InlineData("Devices")]
    [InlineData("Descriptors")]
    [InlineData("Limits")]
    public async Task Each_defence_alone_holds_what_it_says(string name)
    {
        var defence = Enum.Parse<Defences>(name);
        var results = await ProbeAsync(Defences.All & ~defence);
        HostileAssert.NoHits(results.Where(result => result.Probe.StoppedBy.HasFlag(defence)));
    }
}

[Trait(TestScale.Run, TestScale.NightlyOnly)]
public sealed class ContainerdIsolationHostileTests : IsolationAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Containerd;
}

[Trait(TestScale.Run, TestScale.NightlyOnly)]
public sealed class DockerIsolationHostileTests : IsolationAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Docker;

    private protected override Defences Lacking => Defences.UserNamespace;
}
