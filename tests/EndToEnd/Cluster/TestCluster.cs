using System.Collections.Concurrent;
using Grpc.Core;
using Scheduler.Cli.Images;
using Scheduler.Client.Watch;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Tls;
using Scheduler.Models;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.MariaDb;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>
/// The whole product as operators run it: MariaDB, NATS, two BBSs and one of each other component in the machine's namespace, cells on
/// separate hosts, and mutual TLS everywhere. All containers, namespaces, processes and files are removed with it.
/// </summary>
internal sealed partial class TestCluster : IAsyncDisposable
{
    private const int LoggedLines = 25;

    private readonly CertificateAuthority _authority = new(TimeProvider.System, TimeSpan.FromDays(1));
    private readonly List<SchedulerProcess> _processes = [];
    private readonly List<TestCell> _cells = [];
    private readonly TestNetwork _network;
    private readonly ChannelFactory _channels;
    private IReadOnlyList<string> _cellFlags = [];

    private TestCluster(TestNetwork network, MariaDbServer database, NatsServer nats, string directory, ClusterTimes times)
    {
        (_network, Database, Nats, Directory, Times) = (network, database, nats, directory, times);
        var tls = _authority.Issue(Path.Combine(directory, "tls"), "client", PeerRoles.Client);
        var options = new ChannelOptions { FailoverPatience = Wait.Patience };
        _channels = new ChannelFactory(TlsIdentity.Load(tls), options);
        BbsUrls = [$"https://{network.Gateway}:8889", $"https://{network.Gateway}:8890"];
        Bbs = new BbsConnection(_channels, BbsUrls, options, TimeProvider.System).Invoker;
        ClientTls = tls;
    }

    public string Directory { get; }

    public ClusterTimes Times { get; private set; }

    public MariaDbServer Database { get; }

    public NatsServer Nats { get; }

    public IReadOnlyList<string> BbsUrls { get; }

    /// <summary>The address of the machine as the cells' hosts and their containers see it.</summary>
    public string Gateway => _network.Gateway;

    /// <summary>Calls the active BBS as a client.</summary>
    public CallInvoker Bbs { get; }

    public TlsOptions ClientTls { get; }

    public IReadOnlyList<TestCell> Cells => _cells;

    /// <summary>An image with a shell and an HTTP server.</summary>
    public string RootFs => $"oci://{Path.Combine(Directory, "image")}";

    public LrpWatch Watch => new(Bbs, TimeProvider.System);

    /// <param name="cellFlags">Further flags of every rep, such as its runtime.</param>
    public static async Task<TestCluster> StartAsync(int cells, ClusterTimes? times = null, params IReadOnlyList<string> cellFlags)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("e2e-").FullName;
        var (network, database, nats) = (
            TestNetwork.CreateAsync(),
            MariaDbServer.StartNewAsync(new MariaDbServerOptions { FlushLogAtCommit = 1 }),
            NatsServer.StartNewAsync()
        );
        var cluster = new TestCluster(await network, await database, await nats, directory, times ?? ClusterTimes.Short)
        {
            _cellFlags = cellFlags,
        };
        try
        {
            BusyboxImage.Build().WriteDirectory(Path.Combine(directory, "image"));
            cluster.Start("bbs-0");
            await cluster.WaitForBbsAsync();
            foreach (var part in ControlPlane.Skip(1))
                cluster.Start(part);
            for (var i = 0; i < cells; i++)
                await cluster.AddCellAsync($"cell-{i}", $"z{(i % 2) + 1}");
            await cluster.WaitForCellsAsync(cells);
            await cluster.WaitForBiddersAsync(cells);
            return cluster;
        }
        catch (Exception failure)
        {
            var logs = cluster.Logs();
            await cluster.DisposeAsync();
            throw new InvalidOperationException($"the cluster did not start: {failure.Message}\n{logs}", failure);
        }
    }

    /// <summary>Runs a test; if it fails, the message contains the last log lines of the components.</summary>
    public async Task RunAsync(Func<Task> test)
    {
        try
        {
            await test();
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{failure.Message}\n{Logs()}", failure);
        }
    }

    public SchedulerProcess Process(string name) => _processes.Last(process => process.Name == name);

    /// <summary>Restarts every component with twice the times, because this machine is too slow for the current ones.</summary>
    public async Task GiveMoreTimeAsync()
    {
        await HealAsync();
        Times = Times.Twice();
        foreach (var part in AllParts)
        {
            await Process(part).KillAsync();
            Start(part);
        }
    }

    /// <summary>Kills the rep and everything in its containers at once, as if the machine were lost.</summary>
    public async Task KillCellAsync(TestCell cell)
    {
        await Process(cell.Id).KillAsync();
        CellProcesses.KillAll(cell.StateDirectory);
    }

    public async Task WaitForCellsAsync(int count)
    {
        var cells = new CellService.CellServiceClient(Bbs);
        await Eventually.TrueAsync(AllPresentAsync, $"{count} cells are present");

        async Task<bool> AllPresentAsync()
        {
            try
            {
                return (await cells.ListAsync(new ListCellsRequest(), deadline: DateTime.UtcNow + Wait.Patience)).Cells.Count == count;
            }
            catch (DomainException failure) when (failure.Kind is ErrorKind.NotActive or ErrorKind.Unavailable)
            {
                // Another BBS is about to take over.
                return false;
            }
        }
    }

    /// <exception cref="AggregateException">Something could not be removed, or remains after removal.</exception>
    public async ValueTask DisposeAsync()
    {
        var faults = new ConcurrentBag<Exception>();
        foreach (var process in Enumerable.Reverse(_processes))
            await process.DisposeAsync();
        await Task.WhenAll(_cells.Select(cell => TryAsync(() => CleanUpAsync(cell))));
        _channels.Dispose();
        _authority.Dispose();
        await TryAsync(() => Nats.DisposeAsync().AsTask());
        await TryAsync(() => Database.DisposeAsync().AsTask());
        await TryAsync(() => _network.DisposeAsync().AsTask());
        // A killed process remains until its new parent has reaped it.
        await TryAsync(() => Eventually.EqualAsync([], () => Leftovers.Of(Directory, _cells)));
        // The kernel removes the interfaces of a deleted namespace a little later.
        await TryAsync(() =>
            Eventually.TrueAsync(async () => (await _network.LeftoversAsync()).Count == 0, "nothing is left of the network")
        );
        System.IO.Directory.Delete(Directory, recursive: true);
        if (!faults.IsEmpty)
            throw new AggregateException(faults);

        // One failure must not keep the rest from being removed.
        async Task TryAsync(Func<Task> remove)
        {
            try
            {
                await remove();
            }
            catch (Exception fault)
            {
                faults.Add(fault);
            }
        }
    }

    private string Logs() =>
        string.Join(
            '\n',
            _processes
                .GroupBy(process => process.Name)
                .Select(runs => runs.Last())
                .Select(process =>
                    $"== {process.Name}{(process.HasExited ? " (ended)" : "")}\n{string.Join('\n', process.Log.Split('\n').TakeLast(LoggedLines))}"
                )
        );

    /// <summary>Adds a cell, and returns without waiting for it.</summary>
    public async Task<TestCell> AddCellAsync(string id, string zone)
    {
        var cell = new TestCell(id, zone, await _network.AddCellAsync(), Path.Combine(Directory, id));
        _cells.Add(cell);
        Start(id);
        return cell;
    }

    /// <summary>Has all work of the cell started elsewhere; its rep then ends.</summary>
    public async Task DrainAsync(TestCell cell) =>
        await new RepService.RepServiceClient(_channels.Invoker($"https://{cell.Host.Address}:1801")).EvacuateAsync(
            new EvacuateRequest(),
            deadline: DateTime.UtcNow + Wait.Patience
        );

    /// <summary>Uses the product's own clean-up on the cell's own host: anything left after it is a bug of the product.</summary>
    private async Task CleanUpAsync(TestCell cell)
    {
        await using var process = StartOn(
            cell.Host.Address,
            cell.Host.Namespace,
            $"{cell.Id}-clean-up",
            PeerRoles.Rep,
            [.. RepArguments(cell), "--clean-up", "true"]
        );
        var code = await process.WaitAsync();
        if (code != 0)
            throw new InvalidOperationException($"{cell.Id} was not cleaned up: {process.Log}");
        // The kernel takes interfaces away some time after the namespace that had their other end.
        IReadOnlyCollection<string> left = [];
        await Eventually.TrueAsync(
            async () => (left = await cell.Host.LeftoversAsync()).Count == 0,
            () => $"nothing is left of {cell.Id}, but: {string.Join("; ", left)}"
        );
    }

    /// <summary>A cell known to the BBS gets work only once the auctioneer has its state.</summary>
    public async Task WaitForBiddersAsync(int count)
    {
        var plan = new PlanPlacementRequest
        {
            Tasks =
            {
                new TaskStartRequest
                {
                    TaskGuid = "any",
                    Domain = Work.Domain,
                    Demand = new WorkDemand { RootFs = RootFs },
                },
            },
        };
        var auctions = new AuctionService.AuctionServiceClient(_channels.Invoker($"https://{_network.Gateway}:9016"));
        await Eventually.TrueAsync(AllBidAsync, $"{count} cells bid");

        async Task<bool> AllBidAsync()
        {
            try
            {
                return (await auctions.PlanPlacementAsync(plan, deadline: DateTime.UtcNow + Wait.Patience)).UsableCells == count;
            }
            catch (DomainException failure) when (failure.Kind is ErrorKind.NotActive or ErrorKind.Unavailable)
            {
                // It does not hold the lock yet.
                return false;
            }
        }
    }

    private async Task WaitForBbsAsync() =>
        await new CellService.CellServiceClient(Bbs).ListAsync(new ListCellsRequest(), deadline: DateTime.UtcNow + Wait.Patience);
}
