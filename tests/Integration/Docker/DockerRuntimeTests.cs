using System.Globalization;
using Scheduler.Models;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Docker;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.Integration.Containers;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Docker;

/// <summary>What the docker runtime has of its own, beside what every runtime must do.</summary>
[Collection(DockerFixture.Collection)]
public sealed class DockerRuntimeTests(DockerFixture fixture) : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly DockerTestCell _cell = new(fixture);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Containers_do_not_reach_each_other() =>
        _cell.RunAsync(async runtime =>
        {
            var other = await runtime.CreateAsync(Spec("c1") with { Ports = [8080] }, None);
            await runtime.StartProcessAsync("c1", "p", Shell("mkdir /tmp/w; echo c1 > /tmp/w/name; exec httpd -f -p 8080 -h /tmp/w"), None);
            Assert.Equal("c1", await NetworkTests.GetAsync($"http://{other.Address}:8080/name"));

            await runtime.CreateAsync(Spec("c2"), None);
            Assert.Equal(
                ["refused"],
                await SayAsync(runtime, "c2", "p", $"nc -w 1 {other.Address} 8080 -e /bin/true 2>/dev/null || echo refused")
            );
        });

    [Fact]
    public Task Processes_have_the_defences_of_every_runtime() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            Assert.Equal(
                ["CapEff:\t00000000800005fb", "NoNewPrivs:\t1", "Seccomp:\t2", "0"],
                await SayAsync(
                    runtime,
                    "c1",
                    "p",
                    "grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status; cat /proc/keys 2>/dev/null | wc -c"
                )
            );
        });

    [Fact]
    public Task A_container_that_the_engine_is_about_to_remove_is_waited_for() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            using var client = new global::Docker.DotNet.DockerClientConfiguration(new Uri(fixture.Daemon.Host)).CreateClient();
            var container = Assert.Single(
                await client.Containers.ListContainersAsync(new() { All = true }),
                container => container.Names.Single().EndsWith("-c1", StringComparison.Ordinal)
            );

            // As a rep did that was killed before it had the answer.
            var removal = client.Containers.RemoveContainerAsync(container.ID, new() { Force = true });
            await runtime.DestroyAsync("c1", None);
            await removal.ContinueWith(_ => { }, TaskScheduler.Default);
            Assert.Null(await runtime.GetAsync("c1", None));
            Assert.Empty(_cell.TracesOf("c1"));
        });

    [Fact]
    public Task Packet_filter_rules_that_somebody_removed_come_back()
    {
        _cell.Network.RulesCheckInterval = TimeSpan.FromSeconds(1);
        return _cell.RunAsync(async runtime =>
        {
            await MachineAsync("nft", "delete", "table", "inet", runtime.Bridge);
            await Wait.UntilAsync(async () =>
                (await MachineAsync("nft", "list", "tables")).Output.Contains($"table inet {runtime.Bridge}", StringComparison.Ordinal)
            );
            await runtime.CleanUpAsync(None);
            Assert.DoesNotContain(runtime.Bridge, (await MachineAsync("nft", "list", "tables")).Output, StringComparison.Ordinal);
        });
    }

    [Fact]
    public Task Privileged_containers_have_all_capabilities_whatever_the_engine_knows() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1") with { Privileged = true }, None);
            var has = Assert.Single(await SayAsync(runtime, "c1", "p", "sed -n 's/^CapEff:.//p' /proc/self/status"));
            var known = (1ul << Capabilities.All.Count) - 1;
            Assert.Equal(Capabilities.Available() & known, ulong.Parse(has, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        });

    [Fact]
    public Task What_a_killed_rep_had_only_begun_is_removed() =>
        _cell.RunAsync(async before =>
        {
            var info = await before.CreateAsync(Spec("c1") with { Ports = [80] }, None);
            await before.DisposeAsync();
            File.Delete(Path.Combine(info.Directory!, "container.json")); // its last step

            var after = await _cell.StartAsync();
            Assert.Empty(await after.ListAsync(None));
            Assert.Empty(_cell.TracesOf("c1"));
            Assert.NotEqual(info.CreatedAt, (await after.CreateAsync(Spec("c1"), None)).CreatedAt);
        });

    [Fact]
    public Task Containers_and_their_processes_live_through_a_restart_of_the_engine() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            var script = "trap 'echo after; exit 6' TERM; echo before; while :; do sleep 0.02; done";
            var process = await runtime.StartProcessAsync("c1", "p", Shell(script), None);
            await FirstLineAsync(runtime, "c1", "p");

            await fixture.Daemon.StopAsync();
            try
            {
                var silent = await Assert.ThrowsAsync<ContainerRuntimeException>(() => runtime.ListAsync(None));
                Assert.Contains("does not answer", silent.Message);
                Assert.True(await process.SignalAsync(ProcessSignal.Terminate, None));
                Assert.Equal(new ProcessExit(6), await process.Exit.WaitAsync(Wait.Patience));
            }
            finally
            {
                await fixture.Daemon.StartAsync();
            }

            Assert.Equal(ContainerState.Ready, Assert.Single(await runtime.ListAsync(None)).State);
            Assert.Equal(["before", "after"], await LinesAsync(runtime, "c1", "p"));
            Assert.Equal(["again"], await SayAsync(runtime, "c1", "q", "echo again"));
        });

    [Fact]
    public async Task A_container_that_writes_more_than_its_disk_is_killed()
    {
        _cell.Options.DiskWatchInterval = TimeSpan.FromMilliseconds(50);
        await _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1") with { Limits = new() { DiskMb = 8 } }, None);
            var process = await runtime.StartProcessAsync("c1", "p", Shell("dd if=/dev/zero of=/big bs=1M count=16; sleep 86400"), None);
            Assert.Equal(9, (await process.Exit.WaitAsync(Wait.Patience)).Signal);
            Assert.Equal("disk limit of 8 MB reached", await runtime.DiskShortageAsync("c1", None));
            Assert.Equal(ContainerState.Stopped, (await runtime.GetAsync("c1", None))!.State);
        });
    }

    [Fact]
    public Task A_preloaded_directory_counts_as_it_is_when_the_rep_starts() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            await File.WriteAllTextAsync(Path.Combine(_cell.Options.PreloadedRootFs["busybox"], "new"), "new\n");
            await runtime.CreateAsync(Spec("c2"), None);
            Assert.Equal(["old"], await SayAsync(runtime, "c2", "p", "cat /new 2>/dev/null || echo old"));

            await runtime.DisposeAsync();
            var next = await _cell.StartAsync();
            await next.CreateAsync(Spec("c3"), None);
            Assert.Equal(["new"], await SayAsync(next, "c3", "p", "cat /new"));
            Assert.Equal(["old"], await SayAsync(next, "c2", "q", "cat /new 2>/dev/null || echo old"));
        });

    [Fact]
    public Task What_it_cannot_do_is_refused() =>
        _cell.RunAsync(async runtime =>
        {
            var egress = Spec("c1") with { Egress = [new EgressRule("tcp", ["192.0.2.0/24"])] };
            var refused = await Assert.ThrowsAsync<DomainException>(() => runtime.CreateAsync(egress, None));
            Assert.Equal(ErrorKind.InvalidRequest, refused.Kind);
            Assert.Contains("egress_rules: are not supported by this cell's docker runtime", refused.Message);
            Assert.Null(await runtime.GetAsync("c1", None));

            _cell.Network.DefaultEgress = EgressDefault.Deny;
            try
            {
                await using var other = _cell.Make();
                var cannot = await Assert.ThrowsAsync<ContainerRuntimeException>(() => other.PreflightAsync(None));
                Assert.Contains("the docker runtime has no egress rules", cannot.Message);
            }
            finally
            {
                _cell.Network.DefaultEgress = EgressDefault.Allow;
            }
        });

    [Fact]
    public async Task An_engine_that_is_not_there_is_named()
    {
        _cell.Options.DockerHost = $"unix://{_cell.Directory}/nothing.sock";
        try
        {
            await _cell.EnterAsync(async () =>
            {
                await using var runtime = _cell.Make();
                var missing = await Assert.ThrowsAsync<ContainerRuntimeException>(() => runtime.PreflightAsync(None));
                Assert.Contains("nothing.sock does not answer", missing.Message);
                Assert.Contains("--docker-host", missing.Message);
            });
        }
        finally
        {
            _cell.Options.DockerHost = fixture.Daemon.Host;
        }
    }

    [Fact]
    public async Task An_engine_whose_state_is_elsewhere_is_told_of()
    {
        _cell.Options.DockerExecRoot = _cell.Directory;
        try
        {
            await _cell.RunAsync(async runtime =>
            {
                var failure = await Assert.ThrowsAsync<ContainerRuntimeException>(() => runtime.CreateAsync(Spec("c1"), None));
                Assert.Contains("--docker-exec-root", failure.Message);
                Assert.Empty(await runtime.ListAsync(None));
                Assert.Empty(_cell.TracesOf("c1"));
            });
        }
        finally
        {
            _cell.Options.DockerExecRoot = fixture.Daemon.ExecRoot;
        }
    }

    internal static async Task<IReadOnlyList<string>> SayAsync(DockerRuntime runtime, string handle, string id, string script)
    {
        await (await runtime.StartProcessAsync(handle, id, Shell(script), None)).Exit.WaitAsync(Wait.Patience);
        return await LinesAsync(runtime, handle, id);
    }

    private static async Task<IReadOnlyList<string>> LinesAsync(DockerRuntime runtime, string handle, string id)
    {
        var lines = new List<string>();
        await foreach (var line in runtime.LogsAsync(handle, id, LogCursor.Start, follow: false, None))
            lines.Add(line.Text);
        return lines;
    }

    private static async Task<string> FirstLineAsync(DockerRuntime runtime, string handle, string id)
    {
        using var patience = new CancellationTokenSource(Wait.Patience);
        await foreach (var line in runtime.LogsAsync(handle, id, LogCursor.Start, follow: true, patience.Token))
            return line.Text;
        throw new InvalidOperationException($"{id} ended without a word");
    }
}
