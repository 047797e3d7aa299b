using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>
/// A machine for a node that runs its containers with a given runtime: a network namespace, and an engine of its own if the runtime needs
/// one.
/// </summary>
internal sealed class EngineMachine : IAsyncDisposable
{
    private readonly TestNetworkNamespace _network = TestNetworkNamespace.Create();
    private readonly string _runtime;
    private ContainerdServer? _containerd;
    private DockerDaemon? _docker;

    private EngineMachine(string runtime) => _runtime = runtime;

    public string NetworkNamespace => _network.Name;

    /// <summary>How <c>dev</c> and <c>demo</c> are told to use the runtime.</summary>
    public IReadOnlyList<string> Flags =>
        [
            "--runtime",
            _runtime,
            .. _containerd is { } containerd ? ["--containerd-address", containerd.Address] : Array.Empty<string>(),
            .. _docker is { } docker ? ["--docker-host", docker.Host, "--docker-exec-root", docker.ExecRoot] : Array.Empty<string>(),
        ];

    /// <param name="runtime">As in <c>--runtime</c>.</param>
    public static async Task<EngineMachine> StartAsync(string runtime)
    {
        var machine = new EngineMachine(runtime);
        try
        {
            if (runtime == "containerd")
                await (machine._containerd = new ContainerdServer()).StartAsync();
            else if (runtime == "docker")
                machine._docker = await DockerDaemon.StartNewAsync(machine._network);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the engine still has, and interfaces and packet filter tables that nobody but a node makes here; for people.</summary>
    public async Task<IReadOnlyList<string>> LeftAsync()
    {
        var links = await RunAsync("ip", "-oneline", "link");
        var tables = await RunAsync("nft", "list", "tables");
        return
        [
            .. _containerd?.Containers() ?? [],
            .. _docker is { } docker ? await docker.ContentsAsync() : [],
            .. links
                .Split('\n')
                .Where(line => !line.Contains(": lo:", StringComparison.Ordinal) && !line.Contains(": host0:", StringComparison.Ordinal)),
            .. tables.Split('\n').Where(line => line.Contains(" sch", StringComparison.Ordinal)),
        ];
    }

    /// <summary>Runs a program on the machine; if it fails, the error contains its output.</summary>
    public Task<string> RunAsync(string program, params string[] args) =>
        Shell.RunAsync("nsenter", [$"--net={_network.Path}", "--", program, .. args]);

    public async ValueTask DisposeAsync()
    {
        if (_docker is { } docker)
            await docker.DisposeAsync();
        if (_containerd is { } containerd)
            await containerd.DisposeAsync();
        await _network.DisposeAsync();
    }
}
