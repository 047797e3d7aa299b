using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Cli.Images;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Docker;
using Scheduler.Tests.Integration.Containers;

namespace Scheduler.Tests.Integration.Docker;

/// <summary>A cell on the tests' Docker engine. After the test, passed or failed, it destroys its containers and what they shared.</summary>
public sealed class DockerTestCell : IAsyncDisposable
{
    private static int _sequence;

    private readonly List<DockerRuntime> _runtimes = [];
    private readonly DockerFixture _fixture;

    public DockerTestCell(DockerFixture fixture)
    {
        _fixture = fixture;
        Directory = Path.Combine(Path.GetTempPath(), $"sdk-{Environment.ProcessId}-{Interlocked.Increment(ref _sequence):D4}");
        Options.StateDirectory = Path.Combine(Directory, "state");
        Options.CgroupParent = fixture.Daemon.CgroupParent;
        Options.LeaseDirectory = Path.Combine(Directory, "leases");
        Options.PreloadedRootFs["busybox"] = Path.Combine(Directory, "busybox");
        Options.DockerHost = fixture.Daemon.Host;
        Options.DiskUsageInterval = TimeSpan.FromMilliseconds(10);
        Options.DockerExecRoot = fixture.Daemon.ExecRoot;
        BusyboxRootFs.Make(Options.PreloadedRootFs["busybox"]);
    }

    public string Directory { get; }

    public RuntimeOptions Options { get; } = new();

    public ImageOptions Images { get; } = new();

    public NetworkOptions Network { get; } = new();

    /// <summary>Runs a test's body in the machine's network namespace, with a runtime that is ready.</summary>
    public Task RunAsync(Func<DockerRuntime, Task> body) => EnterAsync(async () => await body(await StartAsync()));

    public Task EnterAsync(Func<Task> body) => _fixture.Namespace.RunAsync(body);

    /// <summary>A new runtime on the same state, like a restarted rep. Call it in the namespace.</summary>
    public async Task<DockerRuntime> StartAsync()
    {
        var runtime = Make();
        _runtimes.Add(runtime);
        await runtime.PreflightAsync(CancellationToken.None);
        return runtime;
    }

    public DockerRuntime Make() => new(Options, Images, Network, TimeProvider.System, NullLogger<DockerRuntime>.Instance);

    /// <summary>Whatever is left of a container on the machine: processes, mounts, cgroups, files.</summary>
    public IReadOnlyList<string> TracesOf(string handle)
    {
        var own = Path.Combine(Options.StateDirectory, "docker", "containers", handle);
        return
        [
            .. CellFixture.ProcessesNaming(own),
            .. File.ReadAllLines("/proc/self/mountinfo").Where(line => line.Contains(own, StringComparison.Ordinal)),
            .. ((string[])[own]).Where(System.IO.Directory.Exists),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await EnterAsync(CleanUpAsync);
            Assert.DoesNotContain(File.ReadAllLines("/proc/self/mountinfo"), line => line.Contains(Directory, StringComparison.Ordinal));
            Assert.Empty(CellFixture.ProcessesNaming(Directory));
        }
        finally
        {
            await CellFixture.MachineAsync("rm", "-rf", "--one-file-system", Directory);
        }
    }

    private async Task CleanUpAsync()
    {
        foreach (var runtime in _runtimes)
            await runtime.DisposeAsync();
        _runtimes.Clear();
        await using var last = Make();
        await last.PreflightAsync(CancellationToken.None);
        await last.CleanUpAsync(CancellationToken.None);
    }
}
