using Scheduler.Models;
using Scheduler.Rep.Networking;

namespace Scheduler.Tests.Unit.Rep.Networking;

public sealed class HostPortsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("ports-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Takes_the_ports_of_a_container_that_vanished_with_its_data_directory()
    {
        var leases = Path.Combine(_root, "leases");
        var gone = Directory.CreateDirectory(Path.Combine(_root, "cell-1", "containers", "a")).FullName;
        var stays = Directory.CreateDirectory(Path.Combine(_root, "cell-2", "containers", "b")).FullName;
        var ports = new HostPorts(new LeaseDirectory(leases, "ports"), 61_000, 61_001).Take(2, gone);

        // Another cell of the machine, in another process.
        var other = new HostPorts(new LeaseDirectory(leases, "ports"), 61_000, 61_001);
        Assert.Equal(ErrorKind.InsufficientResources, Assert.Throws<DomainException>(() => other.Take(1, stays)).Kind);
        Directory.Delete(Path.Combine(_root, "cell-1"), recursive: true);

        Assert.Equal(ports.Order(), other.Take(2, stays).Order());
    }

    [Fact]
    public void Keeps_no_port_of_a_request_that_it_could_not_fill()
    {
        var leases = new LeaseDirectory(Path.Combine(_root, "leases"), "ports");
        var (first, second) = (Directory.CreateDirectory(Path.Combine(_root, "a")), Directory.CreateDirectory(Path.Combine(_root, "b")));
        var ports = new HostPorts(leases, 61_002, 61_003);
        Assert.Throws<DomainException>(() => ports.Take(3, first.FullName));
        Assert.Equal(2, ports.Take(2, second.FullName).Count);
    }
}
