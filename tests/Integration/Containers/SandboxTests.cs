using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>Namespaces made ahead of containers, and containers that runc starts with their main process.</summary>
public sealed class SandboxTests : IAsyncLifetime
{
    private const string Main = "main";
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task A_main_process_is_an_ordinary_process_that_cannot_reach_the_first_one() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(MainSpec("c1"), None);
            var script = """
                echo "$$" | grep -v '^1$' > /dev/null && echo not first
                for name in root cwd; do ls /proc/1/$name/ 2>/dev/null; done
                for name in exe ns/mnt fd/0 fd/1 fd/2 fd/10; do readlink /proc/1/$name; done
                for name in environ maps mem; do cat /proc/1/$name 2>/dev/null; done
                kill -9 1; kill -TERM 1; kill -STOP 1
                ps -o pid,args | grep -q '^ *1 /busybox sh' && echo waits
                sleep 1000
                """;
            var process = await runtime.StartProcessAsync("c1", Main, Shell(script), None);
            var lines = new List<string>();
            await foreach (var line in runtime.LogsAsync("c1", Main, LogCursor.Start, follow: true, None))
            {
                lines.Add(line.Text);
                if (line.Text == "waits")
                    break;
            }

            Assert.Equal(["not first", "waits"], lines);
            // As the first process of its namespace it would ignore this signal.
            Assert.True(await process.SignalAsync(ProcessSignal.Terminate, None));
            Assert.Equal(15, (await process.Exit.WaitAsync(Wait.Patience)).Signal);
        });

    [Fact]
    public Task What_a_main_process_leaves_behind_runs_on_until_the_container_is_destroyed() =>
        _cell.RunAsync(async runtime =>
        {
            var info = await runtime.CreateAsync(MainSpec("c1"), None);
            var process = await runtime.StartProcessAsync(
                "c1",
                Main,
                Shell("(while :; do date > /tmp/alive; usleep 10000; done) > /dev/null 2>&1 & echo done > /tmp/result; exit 0"),
                None
            );
            Assert.Equal(new ProcessExit(0), await process.Exit.WaitAsync(Wait.Patience));

            var alive = Path.Combine(info.Directory!, "rootfs", "tmp", "alive");
            await RestartTests.EventuallyAsync(() => File.Exists(alive));
            File.Delete(alive);
            await RestartTests.EventuallyAsync(() => File.Exists(alive));
            Assert.Equal(ContainerState.Ready, (await runtime.GetAsync("c1", None))!.State);
            Assert.Equal("done\n"u8.ToArray(), await runtime.ReadFileAsync("c1", "/tmp/result", 100, None));
            await runtime.DestroyAsync("c1", None);
            Assert.Empty(ProcessesNaming("/tmp/alive"));
        });

    [Fact]
    public Task A_main_process_that_cannot_start_says_why_and_another_attempt_can() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(MainSpec("c1"), None);
            var failure = await Assert.ThrowsAsync<ProcessStartException>(() =>
                runtime.StartProcessAsync("c1", Main, new ProcessSpec { Path = "/no/such" }, None)
            );
            Assert.StartsWith("the container has no program \"/no/such\"", failure.Message, StringComparison.Ordinal);

            var process = await runtime.StartProcessAsync("c1", Main, Shell("exit 4"), None);
            Assert.Equal(new ProcessExit(4), await process.Exit.WaitAsync(Wait.Patience));
        });

    [Fact]
    public Task Other_processes_run_beside_a_main_process_before_and_after_it_starts() =>
        _cell.RunAsync(async runtime =>
        {
            foreach (var isFirst in (bool[])[true, false])
            {
                var handle = isFirst ? "c1" : "c2";
                await runtime.CreateAsync(MainSpec(handle), None);
                var main = isFirst ? await runtime.StartProcessAsync(handle, Main, Shell("sleep 1000", "vcap"), None) : null;
                var other = await runtime.StartProcessAsync(handle, "other", Shell("exit 6"), None);
                Assert.Equal(new ProcessExit(6), await other.Exit.WaitAsync(Wait.Patience));
                main ??= await runtime.StartProcessAsync(handle, Main, Shell("sleep 1000", "vcap"), None);
                await main.SignalAsync(ProcessSignal.Kill, None);
                Assert.Equal(9, (await main.Exit.WaitAsync(Wait.Patience)).Signal);
            }
        });

    [Fact]
    public Task The_next_rep_finds_a_main_process_and_starts_one_that_waits() =>
        _cell.RunAsync(async before =>
        {
            await before.CreateAsync(MainSpec("c1"), None);
            await before.CreateAsync(MainSpec("c2"), None);
            var started = await before.StartProcessAsync("c1", Main, Shell("while [ ! -e /tmp/go ]; do sleep 0.02; done; exit 5"), None);
            await before.DisposeAsync();

            var after = await _cell.StartAsync();
            Assert.All(await after.ListAsync(None), container => Assert.Equal(ContainerState.Ready, container.State));
            var found = await after.StartProcessAsync("c1", Main, Shell("exit 6"), None);
            Assert.Equal(started.Pid, found.Pid);
            await (await after.StartProcessAsync("c1", "go", Shell("touch /tmp/go"), None)).Exit.WaitAsync(Wait.Patience);
            Assert.Equal(new ProcessExit(5), await found.Exit.WaitAsync(Wait.Patience));
            var late = await after.StartProcessAsync("c2", Main, Shell("exit 7"), None);
            Assert.Equal(new ProcessExit(7), await late.Exit.WaitAsync(Wait.Patience));
        });

    [Fact]
    public Task Spares_are_used_replaced_and_removed_with_their_rep()
    {
        _cell.Options.SpareSandboxes = 2;
        return _cell.RunAsync(async first =>
        {
            await RestartTests.EventuallyAsync(() => Ready().Count == 2);
            var spares = Ready();
            var info = await first.CreateAsync(MainSpec("c1") with { Ports = [8080] }, None);
            Assert.Contains(Path.GetFileName(info.NetworkNamespace), spares);
            await RestartTests.EventuallyAsync(() => Ready().Count == 3);

            // A rep that is killed removes nothing: this one is still there when the next one starts.
            var second = await _cell.StartAsync();
            Assert.All(
                spares.Where(spare => !info.NetworkNamespace!.EndsWith(spare, StringComparison.Ordinal)),
                spare => Assert.DoesNotContain(spare, All())
            );
            await RestartTests.EventuallyAsync(() => Ready().Count == 3);
            var server = await second.StartProcessAsync("c1", Main, Shell("httpd -f -p 8080 -h /"), None);
            Assert.Contains(
                "root",
                await NetworkTests.GetAsync($"http://127.0.0.1:{info.Ports[0].HostPort}/etc/passwd"),
                StringComparison.Ordinal
            );
            await second.DestroyAsync("c1", None);
            Assert.True(server.Exit.IsCompleted);
            await second.DisposeAsync();
            Assert.Empty(All());
            Assert.Empty(ProcessesNaming(_cell.SandboxPrefix));
        });
    }

    [Fact]
    public Task A_dead_spare_is_not_used()
    {
        _cell.Options.SpareSandboxes = 1;
        return _cell.RunAsync(async runtime =>
        {
            await RestartTests.EventuallyAsync(() => Ready().Count == 1);
            var pid = int.Parse(ProcessesNaming(_cell.SandboxPrefix).Single().Split(' ')[0]);
            using (var pause = System.Diagnostics.Process.GetProcessById(pid))
                pause.Kill();
            await RestartTests.EventuallyAsync(() =>
                ProcessesNaming(_cell.SandboxPrefix).TrueForAll(line => !line.StartsWith($"{pid} ", StringComparison.Ordinal))
            );

            await runtime.CreateAsync(MainSpec("c1"), None);
            var process = await runtime.StartProcessAsync("c1", Main, Shell("exit 8"), None);
            Assert.Equal(new ProcessExit(8), await process.Exit.WaitAsync(Wait.Patience));
        });
    }

    private static ContainerSpec MainSpec(string handle) => Spec(handle) with { MainProcess = Main };

    private List<string> All() =>
        [
            .. Directory
                .GetDirectories(Path.Combine(_cell.Options.StateDirectory, "sandboxes"))
                .Select(directory => Path.GetFileName(directory)),
        ];

    /// <summary>Those that are connected: their records name the address.</summary>
    private List<string> Ready() => [.. All().Where(id => RecordOf(id).Contains("\"Link\"", StringComparison.Ordinal))];

    private string RecordOf(string id)
    {
        try
        {
            return File.ReadAllText(Path.Combine(_cell.Options.StateDirectory, "sandboxes", id, "sandbox.json"));
        }
        catch (IOException)
        {
            return ""; // removed meanwhile, or not written yet
        }
    }
}
