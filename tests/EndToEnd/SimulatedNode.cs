using Scheduler.Tests.EndToEnd.Cluster;

namespace Scheduler.Tests.EndToEnd;

/// <summary>A node shared by a class of tests without containers; without TLS, so that they can send what no client would.</summary>
public sealed class SimulatedNode : IAsyncLifetime
{
    internal DevNode Node { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Node = await DevNode.StartAsync(Directory.CreateTempSubdirectory("e2e-").FullName, "--simulated", "--plain");

    public ValueTask DisposeAsync() => Node.DisposeAsync();
}
