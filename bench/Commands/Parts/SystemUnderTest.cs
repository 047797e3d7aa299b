using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Tls;

namespace Scheduler.Bench.Commands.Parts;

/// <summary>Parameters of a process with simulated cells.</summary>
/// <param name="Cells">Number of cells: 1 to 1,000.</param>
/// <param name="MemoryMb">Memory of each cell in MB; its disk has the same size.</param>
/// <param name="Containers">Containers of each cell.</param>
internal sealed record CellProcess(string Name, int Cells, string Zone, int MemoryMb, int Containers)
{
    public IReadOnlyList<string> CellIds => Cells == 1 ? [Name] : [.. Enumerable.Range(1, Cells).Select(number => $"{Name}-{number}")];
}

/// <summary>
/// The product as operators run it, each component a separate process, on loopback, with or without mutual TLS: one BBS, auctioneer and converger, and
/// processes of simulated cells. Processes and files are removed when it is disposed.
/// </summary>
internal sealed class SystemUnderTest : IAsyncDisposable
{
    private const int LoggedLines = 15;
    private const string Loopback = "127.0.0.1";

    // The first three processes are not cells.
    private const int LoggedParts = 3;
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(1);

    private readonly List<PartProcess> _processes = [];
    private readonly CertificateAuthority? _authority;
    private readonly ChannelFactory _channels;
    private readonly string _directory;
    private readonly bool _keepsDirectory;
    private readonly string _auctioneerUrl;
    private int _nextNetwork = 1;

    private SystemUnderTest(string directory, bool keepsDirectory, Store store, bool tls)
    {
        (_directory, _keepsDirectory, Store) = (directory, keepsDirectory, store);
        _authority = tls ? new CertificateAuthority(TimeProvider.System, TimeSpan.FromDays(1)) : null;
        var client = _authority?.Issue(TlsDirectory, "client", PeerRoles.Client);
        _channels = new ChannelFactory(client is null ? null : TlsIdentity.Load(client), new ChannelOptions());
        var scheme = tls ? "https" : "http";
        BbsUrl = $"{scheme}://{Loopback}:{FreePort()}";
        _auctioneerUrl = $"{scheme}://{Loopback}:{FreePort()}";
        StandbyUrl = $"{scheme}://{Loopback}:{FreePort()}";
        Bbs = new BbsConnection(_channels, [BbsUrl], new ChannelOptions(), TimeProvider.System).Invoker;
    }

    public Store Store { get; }

    public string BbsUrl { get; }

    /// <summary>For a second BBS, if one is started.</summary>
    public string StandbyUrl { get; }

    /// <summary>Calls the BBS as a client.</summary>
    public CallInvoker Bbs { get; }

    public IReadOnlyList<PartProcess> Processes => _processes;

    public PartProcess Auctioneer => _processes.Single(process => process.Name == "auctioneer");

    private string TlsDirectory => Path.Combine(_directory, "tls");

    /// <summary>Starts everything except the cells, and waits until the BBS answers.</summary>
    /// <param name="logs">Directory for the logs; null for files that are removed with this object.</param>
    /// <param name="store">As for the BBS's <c>--store</c>; null for a new MariaDB server.</param>
    /// <param name="tls">Whether all parts use mutual TLS, with certificates of an authority made for this object.</param>
    public static async Task<SystemUnderTest> StartAsync(string? store, string? logs, bool tls, CancellationToken cancellationToken)
    {
        var system = await PrepareAsync(store, logs, tls, cancellationToken);
        try
        {
            system.StartBbs("bbs", system.BbsUrl);
            await new CellService.CellServiceClient(system.Bbs).ListAsync(
                new ListCellsRequest(),
                deadline: DateTime.UtcNow + StartPatience,
                cancellationToken: cancellationToken
            );
            system.Start("auctioneer", PeerRoles.Auctioneer, "--listen", new Uri(system._auctioneerUrl).Authority, "--bbs", system.BbsUrl);
            system.StartConverger();
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens the store and starts nothing, for a benchmark that starts the processes itself.</summary>
    /// <inheritdoc cref="StartAsync"/>
    public static async Task<SystemUnderTest> PrepareAsync(string? store, string? logs, bool tls, CancellationToken cancellationToken)
    {
        var opened = await Store.OpenAsync(store, cancellationToken);
        var directory = logs is null ? Directory.CreateTempSubdirectory("bench-").FullName : Directory.CreateDirectory(logs).FullName;
        return new SystemUnderTest(directory, logs is not null, opened, tls);
    }

    /// <param name="url"><see cref="BbsUrl"/> or <see cref="StandbyUrl"/>.</param>
    public PartProcess StartBbs(string name, string url, params string[] args) =>
        Start("bbs", name, [name], PeerRoles.Bbs, ["--listen", new Uri(url).Authority, "--store", Store.Url, .. args]);

    public PartProcess StartConverger(params string[] args) => Start("converger", PeerRoles.Converger, ["--bbs", BbsUrl, .. args]);

    /// <summary>Kills a process that is no longer needed.</summary>
    public void End(PartProcess process)
    {
        _processes.Remove(process);
        process.Dispose();
    }

    /// <summary>Calls the process at this URL and no other.</summary>
    public CallInvoker At(string url) => _channels.Invoker(url);

    /// <summary>An address on loopback at which nothing listens.</summary>
    public static string FreeAddress() => $"{Loopback}:{FreePort()}";

    public PartProcess StartCells(CellProcess cells, TimeSpan presenceTtl) =>
        Start(
            "rep",
            cells.Name,
            cells.CellIds,
            PeerRoles.Rep,
            "--runtime",
            "simulated",
            "--cells",
            Text(cells.Cells),
            "--cell-id",
            cells.Name,
            "--zone",
            cells.Zone,
            "--memory",
            Text(cells.MemoryMb),
            "--disk",
            Text(cells.MemoryMb),
            "--max-containers",
            Text(cells.Containers),
            // Each process gets its own network: its cells count up from the first address.
            "--advertise-address",
            $"10.{_nextNetwork++}.0.1",
            "--listen",
            "127.0.0.1:0",
            "--bbs",
            BbsUrl,
            "--presence-ttl",
            $"{presenceTtl.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}ms"
        );

    /// <summary>Cells that the auctioneer knows and that accept work. The BBS knows a cell some moments earlier.</summary>
    public async Task<int> UsableCellsAsync(CancellationToken cancellationToken)
    {
        var plan = new PlanPlacementRequest
        {
            Tasks =
            {
                new TaskStartRequest
                {
                    TaskGuid = "nothing",
                    Domain = "bench",
                    Demand = new WorkDemand
                    {
                        RootFs = "oci:///bench",
                        MemoryMb = 1,
                        DiskMb = 1,
                    },
                },
            },
        };
        return (
            await new AuctionService.AuctionServiceClient(_channels.Invoker(_auctioneerUrl)).PlanPlacementAsync(
                plan,
                cancellationToken: cancellationToken
            )
        ).UsableCells;
    }

    /// <exception cref="InvalidOperationException">A process that should run has ended.</exception>
    public void ThrowIfEnded(IReadOnlyCollection<PartProcess> killed)
    {
        if (_processes.Find(process => process.HasExited && !killed.Contains(process)) is { } ended)
            throw new InvalidOperationException($"{ended.Name} ended unexpectedly");
    }

    /// <summary>The last log lines of the processes that have ended, or else of those that are not cells.</summary>
    public string Logs()
    {
        var ended = _processes.Where(process => process.HasExited).ToList();
        return string.Join(
            '\n',
            (ended.Count > 0 ? ended : _processes)
                .Take(LoggedParts)
                .Select(process => $"== {process.Name}{(process.HasExited ? " (ended)" : "")}\n{process.LogTail(LoggedLines)}")
        );
    }

    public async ValueTask DisposeAsync()
    {
        // Kill all at once: a process that sees the others disappear would only log it.
        foreach (var process in _processes)
            process.Kill();
        foreach (var process in _processes)
            process.Dispose();
        _channels.Dispose();
        _authority?.Dispose();
        await Store.DisposeAsync();
        if (!_keepsDirectory)
            Directory.Delete(_directory, recursive: true);
    }

    private PartProcess Start(string name, PeerRoles role, params string[] args) => Start(name, name, [name], role, args);

    /// <param name="identities">Common names of its certificate.</param>
    private PartProcess Start(string command, string name, IReadOnlyList<string> identities, PeerRoles role, params string[] args)
    {
        string[] secured =
            _authority?.Issue(TlsDirectory, name, identities, role, [Loopback]) is { } tls
                ? ["--cert", tls.CertificateFile!, "--key", tls.KeyFile!, "--ca", tls.AuthorityFile!]
            // The converger does not listen.
            : role == PeerRoles.Converger ? []
            : ["--insecure", "true"];
        var process = PartProcess.Start(name, _directory, [command, .. args, .. secured]);
        _processes.Add(process);
        return process;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A port on loopback at which nothing listens.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
