using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Containerd;
using Scheduler.Rep.Runtime.Docker;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit.Containers;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>
/// A cell's machine with the image of probes: a network namespace, a state directory, real containers, an engine of its own if the runtime
/// needs one. Everything is removed at the end, after failures too.
/// </summary>
internal sealed class HostileCell : IAsyncDisposable
{
    public const string Image = "preloaded:hostile";

    /// <summary>The process of the probes.</summary>
    public const string Probes = "probes";

    private readonly RuntimeKind _kind;
    private readonly IReadOnlyList<Probe> _probes;
    private readonly TestNetworkNamespace _network = TestNetworkNamespace.Create();

    private HostileCell(RuntimeKind kind, IReadOnlyList<Probe> probes)
    {
        (_kind, _probes) = (kind, probes);
        Directory = Path.Combine(Path.GetTempPath(), $"sct-hostile-{Guid.NewGuid():N}"[..28]);
        Options.StateDirectory = Path.Combine(Directory, "state");
        Options.CgroupParent = "/" + Path.GetFileName(Directory);
        Options.PreloadedRootFs["hostile"] = Path.Combine(Directory, "hostile");
        Options.LeaseDirectory = Path.Combine(Directory, "leases");
    }

    public string Directory { get; }

    public RuntimeOptions Options { get; } = new();

    public NetworkOptions Network { get; } = new();

    /// <summary>The network namespace that represents the cell's machine.</summary>
    public TestNetworkNamespace Machine => _network;

    public static async Task<HostileCell> MakeAsync(RuntimeKind kind, IReadOnlyList<Probe> probes)
    {
        Assert.Equal(probes.Count, probes.Select(probe => probe.Name).Distinct().Count());
        var cell = new HostileCell(kind, probes);
        try
        {
            await ProbeImage.MakeAsync(cell.Options.PreloadedRootFs["hostile"], probes);
            return cell;
        }
        catch
        {
            await cell.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs one of the probes' programs on the host as root.</summary>
    public async Task OnHostAsync(params string[] arguments)
    {
        using var process =
            Process.Start(
                new ProcessStartInfo(Path.Combine(Options.PreloadedRootFs["hostile"], "probes", "bin", "probe"), arguments)
                {
                    RedirectStandardOutput = true,
                }
            ) ?? throw new InvalidOperationException("the probe did not start");
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, said);
    }

    /// <summary>Runs something in the machine's network namespace with a ready runtime, and destroys its containers afterwards.</summary>
    public Task RunAsync(Func<IContainerRuntime, Task> body) =>
        _network.RunAsync(async () =>
        {
            await using var containerd = _kind == RuntimeKind.Containerd ? new ContainerdServer() : null;
            if (containerd is not null)
                await containerd.StartAsync();
            await using var docker = _kind == RuntimeKind.Docker ? await DockerDaemon.StartNewAsync(_network) : null;
            if (docker is not null)
                (Options.DockerHost, Options.DockerExecRoot, Options.CgroupParent) = (docker.Host, docker.ExecRoot, docker.CgroupParent);
            await using var runtime = MakeRuntime(containerd?.Address ?? "");
            try
            {
                await runtime.PreflightAsync(CancellationToken.None);
                await body(runtime);
            }
            finally
            {
                await runtime.CleanUpAsync(CancellationToken.None);
            }
        });

    /// <summary>Name of the bridge of the cell's containers.</summary>
    public static string BridgeOf(IContainerRuntime runtime) =>
        runtime switch
        {
            BundleRuntime own => own.Bridge,
            DockerRuntime docker => docker.Bridge,
            _ => throw new InvalidOperationException($"{runtime} has no bridge"),
        };

    private IContainerRuntime MakeRuntime(string containerd)
    {
        var (images, time) = (new ImageOptions(), TimeProvider.System);
        return _kind switch
        {
            RuntimeKind.Runc => new RuncRuntime(Options, images, Network, time, NullLogger<RuncRuntime>.Instance),
            RuntimeKind.Containerd => new ContainerdRuntime(
                Options,
                new ContainerdOptions { Address = containerd },
                images,
                Network,
                time,
                NullLogger<ContainerdRuntime>.Instance
            ),
            RuntimeKind.Docker => new DockerRuntime(Options, images, Network, time, NullLogger<DockerRuntime>.Instance),
            var other => throw new InvalidOperationException($"no containers with {other}"),
        };
    }

    /// <summary>Creates a container and runs all probes of the image in it as root.</summary>
    /// <param name="environment">What the probes need to know about their surroundings.</param>
    /// <param name="meanwhile">Runs in parallel with the probes, for example to start further processes in the container.</param>
    public async Task<IReadOnlyList<ProbeResult>> ProbeAsync(
        IContainerRuntime runtime,
        ContainerSpec spec,
        IReadOnlyDictionary<string, string>? environment = null,
        Func<Task>? meanwhile = null
    )
    {
        // Without further processes, runc starts the container with the probes.
        await runtime.CreateAsync(meanwhile is null ? spec with { MainProcess = Probes } : spec, CancellationToken.None);
        var process = await runtime.StartProcessAsync(
            spec.Handle,
            Probes,
            new ProcessSpec
            {
                Path = "/bin/sh",
                Args = [ProbeImage.Runner],
                Environment =
                [
                    .. (environment ?? new Dictionary<string, string>()).Select(variable => new EnvironmentVariable(
                        variable.Key,
                        variable.Value
                    )),
                ],
            },
            CancellationToken.None
        );
        if (meanwhile is not null)
            await meanwhile();
        var exit = await process.Exit.WaitAsync(Wait.Patience);

        var lines = new List<string>();
        await foreach (var line in runtime.LogsAsync(spec.Handle, Probes, default, follow: false, CancellationToken.None))
            lines.Add(line.Text);
        Assert.True(exit.Succeeded, $"the runner of the probes ended with {exit}: {string.Join('\n', lines)}");
        var said = lines.Select(line => line.Split(' ', 3)).Where(words => words.Length >= 2).ToDictionary(words => words[1]);
        return
        [
            .. _probes.Select(probe =>
                said.TryGetValue(probe.Name, out var words)
                    ? new ProbeResult(probe, Enum.Parse<ProbeOutcome>(words[0], ignoreCase: true), words.ElementAtOrDefault(2) ?? "")
                    : throw new InvalidOperationException($"probe {probe.Name} has no result: {string.Join('\n', lines)}")
            ),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _network.DisposeAsync();
        if (System.IO.Directory.Exists(Directory))
            System.IO.Directory.Delete(Directory, recursive: true);
    }
}
