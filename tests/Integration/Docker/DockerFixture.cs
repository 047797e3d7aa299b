using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.Integration.Docker;

/// <summary>One Docker engine for all tests of the docker runtime, in a network namespace that stands for the machine.</summary>
public sealed class DockerFixture : IAsyncLifetime
{
    public const string Collection = "docker";

    private TestNetworkNamespace? _network;
    private DockerDaemon? _daemon;

    internal TestNetworkNamespace Namespace => _network ?? throw new InvalidOperationException("not initialised");

    internal DockerDaemon Daemon => _daemon ?? throw new InvalidOperationException("not initialised");

    public async ValueTask InitializeAsync()
    {
        _network = TestNetworkNamespace.Create();
        try
        {
            _daemon = await DockerDaemon.StartNewAsync(_network);
        }
        catch
        {
            await _network.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Daemon.DisposeAsync();
            Assert.Empty(Daemon.Traces());
        }
        finally
        {
            await Namespace.DisposeAsync();
        }
    }
}

[CollectionDefinition(DockerFixture.Collection)]
public sealed class DockerTests : ICollectionFixture<DockerFixture>;
