using Scheduler.Models;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

public sealed class ParallelTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public Task Makes_twenty_containers_at_the_same_time_that_all_answer() =>
        _cell.RunAsync(async runtime =>
        {
            var servers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => NetworkTests.ServerAsync(runtime, $"c{i}")));

            Assert.Equal(20, servers.Select(server => server.Address).Distinct().Count());
            Assert.Equal(20, servers.Select(server => server.Ports[0].HostPort).Distinct().Count());
            foreach (var server in servers)
                Assert.Equal(server.Handle, await NetworkTests.GetAsync($"http://127.0.0.1:{server.Ports[0].HostPort}/name"));

            await Task.WhenAll(servers.Select(server => runtime.DestroyAsync(server.Handle, None)));
            Assert.Empty(await runtime.ListAsync(None));
        });

    [Fact]
    public Task Makes_them_in_the_order_in_which_they_are_asked_for()
    {
        _cell.Options.MaxConcurrentCreates = 1;
        return _cell.RunAsync(async runtime =>
        {
            string[] handles = ["d", "a", "c", "b"];
            var made = await Task.WhenAll(handles.Select(handle => runtime.CreateAsync(Spec(handle), None)));

            Assert.Equal(handles, made.OrderBy(container => container.CreatedAt).Select(container => container.Handle));
        });
    }

    [Fact]
    public Task An_image_that_takes_its_time_holds_up_nobody_else()
    {
        _cell.Options.MaxConcurrentCreates = 1;
        return _cell.RunAsync(async runtime =>
        {
            // Reading it blocks until data is written.
            var slow = Path.Combine(_cell.Directory, "slow");
            Directory.CreateDirectory(slow);
            await MachineAsync("mkfifo", Path.Combine(slow, "index.json"));
            var waiting = Task.Run(() => runtime.CreateAsync(Spec("slow") with { RootFs = $"oci://{slow}" }, None));

            await runtime.CreateAsync(Spec("quick"), None).WaitAsync(Wait.Patience);
            Assert.False(waiting.IsCompleted);
            await File.WriteAllTextAsync(Path.Combine(slow, "index.json"), "{}");
            await Assert.ThrowsAsync<DomainException>(() => waiting.WaitAsync(Wait.Patience));
        });
    }
}
