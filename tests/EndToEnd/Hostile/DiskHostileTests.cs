using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>The attacks with runc, and the proof that each of them would succeed.</summary>
public sealed class DiskHostileTests : DiskAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Runc;

    [Fact]
    public async Task No_probe_hits() => HostileAssert.NoHits(await ProbeAsync(Defences.None));

    /// <summary>Otherwise the probes would prove nothing.</summary>
    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Every_probe_hits_when_its_defences_are_off() =>
        HostileAssert.AllHit(await ProbeAsync(Defences.Disk | Defences.Seccomp | Defences.UserNamespace));
}

[Trait(TestScale.Run, TestScale.NightlyOnly)]
public sealed class ContainerdDiskHostileTests : DiskAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Containerd;

    [Fact]
    public async Task No_probe_hits() => HostileAssert.NoHits(await ProbeAsync(Defences.None));
}

/// <summary>Without those that write too much: the engine does not refuse that, and the cell kills the container.</summary>
[Trait(TestScale.Run, TestScale.NightlyOnly)]
public sealed class DockerDiskHostileTests : DiskAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Docker;
}
