using System.Diagnostics;
using System.Globalization;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>
/// A Docker engine of its own for tests: data, state and socket in a temporary directory, its network in a network namespace. Needs the
/// program dockerd, from the Debian package docker.io, whose service is not used. Disposing leaves nothing of it, whatever state it is in.
/// </summary>
public sealed class DockerDaemon : IAsyncDisposable
{
    /// <summary>Time to end its own parts before they are killed.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly string _group = $"scd-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}";
    private readonly Cgroups _cgroups = Cgroups.Detect();
    private readonly TestNetworkNamespace _network;
    private Process? _process;

    private DockerDaemon(TestNetworkNamespace network)
    {
        _network = network;
        // Short, because the paths of sockets below it are limited.
        Directory = Path.Combine(Path.GetTempPath(), _group);
        System.IO.Directory.CreateDirectory(Directory);
    }

    public string Directory { get; }

    public string Host => $"unix://{Directory}/docker.sock";

    public string ExecRoot => Path.Combine(Directory, "exec");

    /// <summary>A group for the containers of the tests; everything in it and below ends with the engine.</summary>
    public string CgroupParent => $"/{_group}/containers";

    public static async Task<DockerDaemon> StartNewAsync(TestNetworkNamespace network)
    {
        var daemon = new DockerDaemon(network);
        try
        {
            await daemon.StartAsync();
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it, also again after <see cref="StopAsync"/>: with the same images and containers.</summary>
    public async Task StartAsync()
    {
        var own = Path.Combine(Tree, _group, "engine");
        System.IO.Directory.CreateDirectory(own);
        string[] arguments =
        [
            "--host",
            Host,
            "--data-root",
            Path.Combine(Directory, "data"),
            "--exec-root",
            ExecRoot,
            "--pidfile",
            Path.Combine(Directory, "pid"),
            "--bridge",
            "none",
            "--live-restore",
            "--log-level",
            "warn",
        ];
        // In a group of its own from the start, by which whatever it starts is found again. In the user's runtime directory, its shims would
        // make files; tests name one that does not exist.
        _process =
            Process.Start(
                new ProcessStartInfo(
                    "/bin/sh",
                    [
                        "-c",
                        "unset XDG_RUNTIME_DIR; echo $$ > \"$0/cgroup.procs\" && net=$1 && log=$2 && shift 2 && exec nsenter --net=\"$net\" dockerd \"$@\" >\"$log\" 2>&1",
                        own,
                        _network.Path,
                        Log,
                        .. arguments,
                    ]
                )
            ) ?? throw new InvalidOperationException("sh did not start");
        await Wait.UntilAsync(async () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"dockerd ended with {_process.ExitCode}: {await File.ReadAllTextAsync(Log)}");
            return await AnswersAsync();
        });
    }

    /// <summary>Stops the engine; its containers run on.</summary>
    public async Task StopAsync()
    {
        if (_process is not { HasExited: false } process)
            return;
        if (ProcessIdentity.Of(process.Id) is { } engine)
            Native.Signal(engine, 15);
        using var grace = new CancellationTokenSource(Grace);
        try
        {
            await process.WaitForExitAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();

        // Containers, then what the engine has left: its containerd, the supervisors of containers.
        await Wait.UntilAsync(() =>
        {
            _cgroups.Kill($"/{_group}");
            return _cgroups.Processes($"/{_group}").Count == 0;
        });
        foreach (var mount in MountsBelow(Directory))
            Mounts.Remove(mount);
        await Wait.UntilAsync(() => _cgroups.Directories($"/{_group}").All(TryRemoveGroups));
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>What the engine has: containers, images, and networks besides those that every engine has.</summary>
    public async Task<IReadOnlyList<string>> ContentsAsync()
    {
        using var client = new global::Docker.DotNet.DockerClientConfiguration(new Uri(Host)).CreateClient();
        var containers = await client.Containers.ListContainersAsync(new() { All = true });
        var images = await client.Images.ListImagesAsync(new() { All = true });
        var networks = await client.Networks.ListNetworksAsync();
        return
        [
            .. containers.SelectMany(container => container.Names).Select(name => $"container {name}"),
            .. images.SelectMany(image => image.RepoTags ?? [image.ID]).Select(name => $"image {name}"),
            .. networks.Where(network => network.Driver is not ("host" or "null")).Select(network => $"network {network.Name}"),
        ];
    }

    /// <summary>Whatever is left of an engine on the machine.</summary>
    public IReadOnlyList<string> Traces() =>
        [
            .. MountsBelow(Directory),
            .. ProcessIdentity
                .Named(line => line.Contains(Directory, StringComparison.Ordinal))
                .Select(pid => pid.ToString(CultureInfo.InvariantCulture)),
            .. _cgroups.Directories($"/{_group}").Append(Directory).Where(System.IO.Directory.Exists),
        ];

    private string Log => Path.Combine(Directory, "log");

    private string Tree => _cgroups.Directories("").First(tree => tree.EndsWith("/pids", StringComparison.Ordinal) || _cgroups.IsUnified);

    private async Task<bool> AnswersAsync()
    {
        using var client = new global::Docker.DotNet.DockerClientConfiguration(new Uri(Host)).CreateClient();
        try
        {
            await client.System.PingAsync();
            return true;
        }
        catch (Exception failure)
            when (failure is HttpRequestException or IOException or System.Net.Sockets.SocketException or TimeoutException)
        {
            return false; // not yet
        }
    }

    /// <summary>Innermost first.</summary>
    private static List<string> MountsBelow(string directory) =>
        [
            .. File.ReadLines("/proc/self/mountinfo")
                .Select(line => line.Split(' ')[4])
                .Where(path => path.StartsWith(directory + "/", StringComparison.Ordinal))
                .OrderByDescending(path => path.Length),
        ];

    /// <returns>False while a group in it still has processes.</returns>
    private static bool TryRemoveGroups(string directory)
    {
        if (!System.IO.Directory.Exists(directory))
            return true;
        try
        {
            foreach (var below in System.IO.Directory.GetDirectories(directory))
                TryRemoveGroups(below);
            System.IO.Directory.Delete(directory);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
