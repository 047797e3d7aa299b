using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Cli.Images;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>
/// A cell's machine for one test: a network namespace, a state directory, real runc, conmon and plugins. After the test, passed or
/// failed, the fixture destroys the containers and checks that nothing of them is left on the machine.
/// </summary>
public sealed class CellFixture : IAsyncLifetime
{
    private static int _sequence;

    private readonly List<BundleRuntime> _runtimes = [];
    private TestNetworkNamespace? _network;

    public CellFixture()
    {
        Directory = Path.Combine(Path.GetTempPath(), $"sct-{Environment.ProcessId}-{Interlocked.Increment(ref _sequence):D4}");
        Options.StateDirectory = Path.Combine(Directory, "state");
        Options.SpareSandboxes = 0; // most tests make one or two containers
        Options.CgroupParent = "/" + Path.GetFileName(Directory);
        Options.PreloadedRootFs["busybox"] = Path.Combine(Directory, "busybox");
        Options.LeaseDirectory = Path.Combine(Directory, "leases");
    }

    public string Directory { get; }

    public RuntimeOptions Options { get; } = new();

    public ImageOptions Images { get; } = new();

    public NetworkOptions Network { get; } = new();

    /// <summary>Makes another runtime than runc's.</summary>
    internal Func<BundleRuntime>? MakeRuntime { get; set; }

    internal TestNetworkNamespace Namespace => _network ?? throw new InvalidOperationException("not initialised");

    public ValueTask InitializeAsync()
    {
        BusyboxRootFs.Make(Options.PreloadedRootFs["busybox"]);
        _network = TestNetworkNamespace.Create();
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs a test's body in the cell's network namespace, with a runtime that is ready.</summary>
    public Task RunAsync(Func<RuncRuntime, Task> body) => Namespace.RunAsync(async () => await body(await StartAsync()));

    /// <summary>How the names of the cell's sandboxes begin.</summary>
    public string SandboxPrefix => Path.GetFileName(new CellPaths(Options.StateDirectory, Options.CgroupParent).Cgroup) + "-";

    /// <summary>A new runtime on the same state, like a restarted rep. Call it in the namespace.</summary>
    public async Task<RuncRuntime> StartAsync() => (RuncRuntime)await StartAnyAsync();

    internal async Task<BundleRuntime> StartAnyAsync()
    {
        var runtime = Make();
        _runtimes.Add(runtime);
        await runtime.PreflightAsync(CancellationToken.None);
        return runtime;
    }

    /// <summary>A container specification with the test's additions.</summary>
    public static ContainerSpec Spec(string handle) => new() { Handle = handle, RootFs = "preloaded:busybox" };

    public static ProcessSpec Shell(string script, string user = "") =>
        new()
        {
            Path = "/bin/sh",
            Args = ["-c", script],
            User = user,
        };

    /// <summary>The output of a program on the cell's machine.</summary>
    public static async Task<(int ExitCode, string Output)> MachineAsync(string program, params string[] arguments)
    {
        using var process =
            Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException(program);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Namespace.RunAsync(CleanUpAsync);
            AssertNothingLeft();
        }
        finally
        {
            await Namespace.DisposeAsync();
            if (System.IO.Directory.Exists(Directory))
                await MachineAsync("rm", "-rf", "--one-file-system", Directory);
        }
    }

    /// <summary>What the machine still has of a container: mounts, processes, files, cgroups.</summary>
    public IReadOnlyList<string> TracesOf(string handle)
    {
        var paths = new CellPaths(Options.StateDirectory, Options.CgroupParent).Container(handle);
        return
        [
            .. File.ReadAllLines("/proc/self/mountinfo").Where(line => line.Contains(paths.Root, StringComparison.Ordinal)),
            .. ProcessesNaming(paths.Root),
            .. System
                .IO.Directory.GetDirectories("/sys/fs/cgroup")
                .Select(tree => tree + paths.Cgroup)
                .Append(paths.Root)
                .Where(System.IO.Directory.Exists),
        ];
    }

    /// <summary>Checks processes, mounts and cgroups; tests that create something in the network namespace check it themselves.</summary>
    public void AssertNothingLeft()
    {
        Assert.DoesNotContain(File.ReadAllLines("/proc/self/mountinfo"), line => line.Contains(Directory, StringComparison.Ordinal));
        Assert.DoesNotContain(ProcessesNaming(Directory), _ => true);
        Assert.Empty(ProcessesNaming(SandboxPrefix));
        foreach (var tree in System.IO.Directory.GetDirectories("/sys/fs/cgroup"))
            Assert.False(System.IO.Directory.Exists(tree + Options.CgroupParent), $"{tree}{Options.CgroupParent} is left");
    }

    public static List<string> ProcessesNaming(string text)
    {
        var found = new List<string>();
        foreach (var directory in System.IO.Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid) || pid == Environment.ProcessId)
                continue;
            try
            {
                var commandLine = File.ReadAllText(Path.Combine(directory, "cmdline")).Replace('\0', ' ');
                if (commandLine.Contains(text, StringComparison.Ordinal))
                    found.Add($"{pid} {commandLine}");
            }
            catch (IOException)
            {
                // the process has ended
            }
        }

        return found;
    }

    public RuncRuntime Runc() => new(Options, Images, Network, TimeProvider.System, NullLogger<RuncRuntime>.Instance);

    private BundleRuntime Make() => MakeRuntime?.Invoke() ?? Runc();

    private async Task CleanUpAsync()
    {
        foreach (var runtime in _runtimes)
            await runtime.DisposeAsync();
        _runtimes.Clear();
        if (!System.IO.Directory.Exists(Options.StateDirectory))
            return;

        await using var last = Make();
        await last.PreflightAsync(CancellationToken.None);
        await last.CleanUpAsync(CancellationToken.None);
    }
}
