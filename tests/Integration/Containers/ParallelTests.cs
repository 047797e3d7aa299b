namespace Scheduler.Tests.Integration.Containers;

public sealed class ParallelTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Makes_twenty_containers_at_the_same_time_that_all_answer() => _cell.RunAsync(async runtime =>
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => NetworkTests.ServerAsync(runtime, $"c{i}")));

        Assert.Equal(20, servers.Select(server => server.Address).Distinct().Count());
        Assert.Equal(20, servers.Select(server => server.Ports[0].HostPort).Distinct().Count());
        foreach (var server in servers) Assert.Equal(server.Handle, await NetworkTests.GetAsync($"http://127.0.0.1:{server.Ports[0].HostPort}/name"));

        await Task.WhenAll(servers.Select(server => runtime.DestroyAsync(server.Handle, None)));
        Assert.Empty(await runtime.ListAsync(None));
    });
}
