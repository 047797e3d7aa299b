using System.Diagnostics;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

public sealed class ParallelTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Makes_twenty_containers_at_the_same_time_that_all_answer() => _cell.RunAsync(async runtime =>
    {
        var clock = Stopwatch.StartNew();
        var servers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => NetworkTests.ServerAsync(runtime, $"c{i}")));
        output.WriteLine($"20 at once: all answer after {clock.ElapsedMilliseconds} ms");

        Assert.Equal(20, servers.Select(server => server.Address).Distinct().Count());
        Assert.Equal(20, servers.Select(server => server.Ports[0].HostPort).Distinct().Count());
        foreach (var server in servers) Assert.Equal(server.Handle, await NetworkTests.GetAsync($"http://127.0.0.1:{server.Ports[0].HostPort}/name"));

        clock.Restart();
        await Task.WhenAll(servers.Select(server => runtime.DestroyAsync(server.Handle, None)));
        output.WriteLine($"20 at once: all destroyed after {clock.ElapsedMilliseconds} ms");
        Assert.Empty(await runtime.ListAsync(None));
    });

    /// <summary>Prints what one start takes with the image present; the machine is shared, so nothing but sanity is asserted.</summary>
    [Fact]
    public Task Starts_one_container_after_the_other() => _cell.RunAsync(async runtime =>
    {
        var (create, start, destroy) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < 20; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            await runtime.CreateAsync(Spec($"c{i}") with { Ports = [8080] }, None);
            create.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            await runtime.StartProcessAsync($"c{i}", "p", Shell("sleep 1000"), None);
            start.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            begun = Stopwatch.GetTimestamp();
            await runtime.DestroyAsync($"c{i}", None);
            destroy.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        output.WriteLine($"created: median {Median(create):F0} ms; process started: median {Median(start):F0} ms, worst {start.Max():F0} ms; destroyed: median {Median(destroy):F0} ms");
        Assert.InRange(Median(start), 1, 10_000);
    });

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
