using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Cell;
using Scheduler.Rep.Identity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Rep.Transfers;
using Scheduler.Tests.TestKit.Rep;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.TestKit.Rep.Actions;

namespace Scheduler.Tests.Unit.Rep;

/// <summary>
/// A complete cell on virtual time: simulated containers, an in-memory journal, and a BBS that the test scripts. The rep can be
/// replaced at any time.
/// </summary>
internal sealed class CellBench : IAsyncDisposable
{
    public const string RootFs = "preloaded:linux";
    private CancellationTokenSource _rep = new();
    private Task _running = Task.CompletedTask;
    private int _guids;

    public CellBench(VirtualWorld world)
    {
        World = world;
        Journal = new MemoryJournal(world.Time, NewGuid);
        Script = new SimulationScript
        {
            Process = (_, id, spec) =>
            {
                Started.Add(id);
                return StepBench.PlanOf(spec.Path);
            },
        };
        Runtime = new SimulatedRuntime(Script, world.Time);
    }

    public VirtualWorld World { get; }

    public FakeBbs Bbs { get; } = new();

    public FakeProbe Probe { get; } = new();

    /// <summary>Null: containers get no certificates.</summary>
    public InstanceIdentity? Identity { get; set; }

    /// <summary>Null: logs of ended containers are not kept.</summary>
    public IEndedContainers? Ended { get; set; }

    public SimulationScript Script { get; }

    public SimulatedRuntime Runtime { get; }

    public MemoryJournal Journal { get; }

    /// <summary>Ids of processes in the order in which they actually started.</summary>
    public List<string> Started { get; } = [];

    public RepOptions Options { get; } =
        new()
        {
            CellId = "cell-1",
            Zone = "z1",
            MemoryMb = 1000,
            DiskMb = 10_000,
            AdvertiseAddress = "10.0.0.1",
            RepUrl = "http://10.0.0.1:1800",
            PreloadedRootFs = ["linux"],
        };

    /// <summary>Used for jitter.</summary>
    public int Seed { get; set; } = 1;

    public CellNode Node { get; private set; } = null!;

    public CellLoop Cell => Node.Cell;

    public IEnumerable<string> Reports =>
        Bbs.Calls.Where(call => !call.StartsWith("list-", StringComparison.Ordinal) && call is not "announce");

    public static async Task<CellBench> StartAsync(VirtualWorld world, Action<CellBench>? arrange = null)
    {
        var bench = new CellBench(world);
        arrange?.Invoke(bench);
        await bench.StartRepAsync();
        return bench;
    }

    public async Task StartRepAsync()
    {
        _rep = new CancellationTokenSource();
        Node = await CellNode.OpenAsync(
            new CellNodeParts
            {
                Options = Options,
                Runtime = Runtime,
                Bbs = Bbs,
                Journal = Journal,
                ContainerFiles = new NoContainerFiles(),
                Files = new NoFileTransfer(),
                Identity = Identity,
                Ended = Ended,
                Probe = Probe,
                Time = World.Time,
                NewGuid = NewGuid,
                Random = new Random(Seed),
                Logger = NullLogger.Instance,
            },
            default
        );
        _running = Node.RunAsync(_rep.Token);
        await World.SettleAsync();
    }

    /// <summary>Ends the rep's process as a kill would: no messages are sent, and containers stay.</summary>
    public async Task StopRepAsync()
    {
        _rep.Cancel();
        await World.FinishAsync(_running, TimeSpan.FromSeconds(1));
        Node.Dispose();
    }

    public async Task RestartRepAsync()
    {
        await StopRepAsync();
        await StartRepAsync();
    }

    public async Task<WorkAnswer> OfferAsync(params LrpOffer[] lrps)
    {
        var (verdict, _) = await Cell.PerformWorkAsync(lrps, []);
        await World.SettleAsync();
        return verdict;
    }

    public async Task<WorkAnswer> OfferTaskAsync(params TaskOffer[] tasks)
    {
        var (verdict, _) = await Cell.PerformWorkAsync([], tasks);
        await World.SettleAsync();
        return verdict;
    }

    /// <summary>Desires an LRP with that action and places its instance 0 on the cell. Returns the instance GUID.</summary>
    public async Task<string> PlaceAsync(DesiredLRP lrp)
    {
        Bbs.Desire(lrp);
        return (await OfferAsync(Offer(lrp.ProcessGuid))).Taken.Single().ContainerGuid;
    }

    public async Task PlaceTaskAsync(string guid, LrpAction action, string resultFile = "")
    {
        Bbs.DesireTask(
            guid,
            new TaskDefinition
            {
                RootFs = RootFs,
                Action = action,
                ResultFile = resultFile,
                MemoryMb = 100,
            }
        );
        Assert.Single((await OfferTaskAsync(new TaskOffer(guid, "tests", new Demand(RootFs, 100, 10)))).Taken);
    }

    public static LrpOffer Offer(string processGuid, int index = 0) =>
        new(new LrpKey(processGuid, index), "tests", new Demand(RootFs, 100, 10));

    public static DesiredLRP Lrp(string path, Action<DesiredLRP>? change = null)
    {
        var lrp = new DesiredLRP
        {
            ProcessGuid = "web",
            Domain = "tests",
            RootFs = RootFs,
            Instances = 1,
            MemoryMb = 100,
            DiskMb = 10,
            Action = Run(path, "APP"),
            Ports = { 8080 },
        };
        change?.Invoke(lrp);
        return lrp;
    }

    /// <summary>The reserved capacity of the cell: memory in MB, and containers.</summary>
    public async Task<(int MemoryMb, int Containers)> FreeAsync()
    {
        var state = (await Cell.ReadStateAsync(0, default)).Full!;
        return (state.Available.MemoryMb, state.Available.Containers);
    }

    public async Task<AllocationState?> StateOfAsync(string guid) =>
        (await Cell.ReadStateAsync(0, default)).Full!.Allocations.SingleOrDefault(allocation => allocation.ContainerGuid == guid)?.State;

    public async Task<bool> IsGoneAsync(string guid) => await StateOfAsync(guid) is null && await Runtime.GetAsync(guid, default) is null;

    public async ValueTask DisposeAsync()
    {
        await StopRepAsync();
        _rep.Dispose();
    }

    private Guid NewGuid()
    {
        var bytes = new byte[16];
        BitConverter.TryWriteBytes(bytes, ++_guids);
        return new Guid(bytes);
    }
}
