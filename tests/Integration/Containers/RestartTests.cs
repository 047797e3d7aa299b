using System.Diagnostics;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>A restarted rep is a new runtime on the same directory: only files pass from one to the other.</summary>
public sealed class RestartTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Finds_a_running_process_again_with_its_output_and_its_end() =>
        _cell.RunAsync(async before =>
        {
            var spec = Spec("c1") with
            {
                Ports = [8080],
                Properties = new Dictionary<string, string> { ["owner"] = "me" },
                Limits = new() { MemoryMb = 64 },
            };
            var created = await before.CreateAsync(spec, None);
            var started = await before.StartProcessAsync(
                "c1",
                "p",
                Shell("echo before; while [ ! -e /tmp/go ]; do sleep 0.02; done; echo after; exit 5"),
                None
            );
            var seen = await ProcessTests.FirstLineAsync(before, "c1", "p");
            await before.DisposeAsync();

            var after = await _cell.StartAsync();
            var found = Assert.Single(await after.ListAsync(None));
            Assert.Equal(ContainerState.Ready, found.State);
            Assert.Equal(created.Address, found.Address);
            Assert.Equal(created.Ports, found.Ports);
            Assert.Equal("me", found.Spec.Properties["owner"]);
            Assert.Equal(["p"], found.Processes);
            Assert.Equal(created.Address, (await after.CreateAsync(spec, None)).Address);

            var attached = await after.StartProcessAsync("c1", "p", Shell("echo must not run"), None);
            Assert.Equal((started.Pid, started.StartedAt), (attached.Pid, attached.StartedAt));
            Assert.False(attached.Exit.IsCompleted);
            await (await after.StartProcessAsync("c1", "go", Shell("touch /tmp/go"), None)).Exit.WaitAsync(Wait.Patience);
            Assert.Equal(new ProcessExit(5), await attached.Exit.WaitAsync(Wait.Patience));

            var rest = new List<string>();
            await foreach (var line in after.LogsAsync("c1", "p", seen.Next, follow: true, None))
                rest.Add(line.Text);
            Assert.Equal(["after"], rest);
        });

    [Fact]
    public Task Knows_how_a_process_ended_while_no_rep_was_there() =>
        _cell.RunAsync(async before =>
        {
            await before.CreateAsync(Spec("c1"), None);
            var info = (await before.GetAsync("c1", None))!;
            await before.StartProcessAsync("c1", "p", Shell("while [ ! -e /tmp/go ]; do sleep 0.02; done; echo last words; exit 9"), None);
            await before.DisposeAsync();
            await File.WriteAllTextAsync(Path.Combine(info.Directory!, "rootfs", "tmp", "go"), "");
            await EventuallyAsync(() => File.Exists(Path.Combine(info.Directory!, "processes", "p", "exit")));

            var after = await _cell.StartAsync();
            var process = await after.FindProcessAsync("c1", "p", None);
            Assert.Equal(new ProcessExit(9), await process!.Exit.WaitAsync(Wait.Patience));
            Assert.Equal(["last words"], (await ProcessTests.LinesAsync(after, "c1", "p")).Select(line => line.Text));
        });

    [Fact]
    public Task Removes_what_was_only_half_made() =>
        _cell.RunAsync(async before =>
        {
            var info = await before.CreateAsync(Spec("c1") with { Ports = [80] }, None);
            await before.DisposeAsync();

            // The state left by a rep that is killed right before its last step.
            var record = Path.Combine(info.Directory!, "container.json");
            await File.WriteAllTextAsync(
                record,
                (await File.ReadAllTextAsync(record)).Replace("\"Complete\":true", "\"Complete\":false", StringComparison.Ordinal)
            );
            var after = await _cell.StartAsync();
            Assert.Empty(await after.ListAsync(None));
            Assert.False(Directory.Exists(info.Directory));
            Assert.NotEqual(info.CreatedAt, (await after.CreateAsync(Spec("c1"), None)).CreatedAt);
        });

    [Fact]
    public Task Ends_what_a_killed_rep_had_begun_with_a_container() =>
        _cell.RunAsync(async before =>
        {
            var info = await before.CreateAsync(Spec("c1"), None);
            await before.DisposeAsync();
            var record = Path.Combine(info.Directory!, "container.json");
            await File.WriteAllTextAsync(
                record,
                (await File.ReadAllTextAsync(record)).Replace("\"Complete\":true", "\"Complete\":false", StringComparison.Ordinal)
            );
            // Stands for runc, waiting for a process that is gone.
            var runc = Path.Combine(_cell.Options.StateDirectory, "runc");
            using var hanging = Hang("--root", runc, "run", "c1");
            using var other = Hang("--root", runc, "run", "c2");

            var after = await _cell.StartAsync();
            await hanging.WaitForExitAsync().WaitAsync(Wait.Patience);
            Assert.Empty(await after.ListAsync(None));
            Assert.False(other.HasExited);
            other.Kill();
            await other.WaitForExitAsync();

            static Process Hang(params string[] arguments) =>
                Process.Start(
                    new ProcessStartInfo("/bin/sh", ["-c", "read never", "runc", .. arguments]) { RedirectStandardInput = true }
                )!;
        });

    [Fact]
    public async Task Says_that_a_process_is_lost_when_its_supervisor_was_killed()
    {
        _cell.Options.SupervisorCheckInterval = TimeSpan.FromMilliseconds(50);
        await _cell.RunAsync(async runtime =>
        {
            var info = await runtime.CreateAsync(Spec("c1"), None);
            var process = await runtime.StartProcessAsync("c1", "p", Shell("sleep 1000"), None);
            var conmon = int.Parse(await File.ReadAllTextAsync(Path.Combine(info.Directory!, "processes", "p", "conmon.pid")));
            using (var supervisor = Process.GetProcessById(conmon))
                supervisor.Kill();

            Assert.Equal(ProcessExit.Unknown, await process.Exit.WaitAsync(Wait.Patience));
            await EventuallyAsync(() => !IsRunning(process.Pid));
            Assert.Equal(ContainerState.Ready, (await runtime.GetAsync("c1", None))!.State);
        });
    }

    [Fact]
    public Task Keeps_a_container_whose_first_process_was_killed_only_to_be_destroyed() =>
        _cell.RunAsync(async runtime =>
        {
            var info = await runtime.CreateAsync(Spec("c1"), None);
            var process = await runtime.StartProcessAsync("c1", "p", Shell("sleep 1000"), None);
            var init = int.Parse(await File.ReadAllTextAsync(Path.Combine(info.Directory!, "init.pid")));
            using (var first = Process.GetProcessById(init))
                first.Kill();

            Assert.Equal(9, (await process.Exit.WaitAsync(Wait.Patience)).Signal);
            await EventuallyAsync(() => !IsRunning(init));
            Assert.Equal(ContainerState.Stopped, (await runtime.GetAsync("c1", None))!.State);
            await Assert.ThrowsAsync<ContainerRuntimeException>(() => runtime.StartProcessAsync("c1", "q", Shell("true"), None));
            await runtime.DestroyAsync("c1", None);
            Assert.Null(await runtime.GetAsync("c1", None));
        });

    private static bool IsRunning(int pid) =>
        File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);

    internal static async Task EventuallyAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Wait.Patience);
        while (!condition())
            await Task.Delay(10, patience.Token);
    }
}
