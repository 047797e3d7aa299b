using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>The attacks with runc, and the proof that each of them would succeed.</summary>
public sealed class VolumeHostileTests : VolumeAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Runc;

    /// <summary>Otherwise the probes would prove nothing.</summary>
    [Fact]
    public async Task Every_probe_hits_when_its_defences_are_off() =>
        HostileAssert.AllHit(await ProbeAsync(Defences.UserNamespace | Defences.Seccomp | Defences.Capabilities));
}

[Trait(TestScale.Run, TestScale.NightlyOnly)]
public sealed class ContainerdVolumeHostileTests : VolumeAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Containerd;
}

[Trait(TestScale.Run, TestScale.NightlyOnly)]
public sealed class DockerVolumeHostileTests : VolumeAttacks
{
    private protected override RuntimeKind Kind => RuntimeKind.Docker;

    private protected override Defences Lacking => Defences.UserNamespace;
}
