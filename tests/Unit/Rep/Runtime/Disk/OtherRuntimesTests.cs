using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Disk;

namespace Scheduler.Tests.Unit.Rep.Runtime.Disk;

public sealed class OtherRuntimesTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("state-").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public void A_cell_changes_its_runtime_only_when_it_is_empty()
    {
        foreach (var directory in (string[])["containers", "docker/containers"])
            Directory.CreateDirectory(Path.Combine(_state, directory));
        OtherRuntimes.Refuse(_state, RuntimeKind.Runc);
        OtherRuntimes.Refuse(_state, RuntimeKind.Docker);

        Directory.CreateDirectory(Path.Combine(_state, "docker/containers/c1"));
        OtherRuntimes.Refuse(_state, RuntimeKind.Docker);
        var refused = Assert.Throws<ContainerRuntimeException>(() => OtherRuntimes.Refuse(_state, RuntimeKind.Runc));
        Assert.Contains("containers of the docker runtime", refused.Message);
    }
}
