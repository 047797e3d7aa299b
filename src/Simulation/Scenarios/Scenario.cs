using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Machines;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Store;
using Scheduler.Simulation.Workload;

namespace Scheduler.Simulation.Scenarios;

/// <summary>What a run is put through: the conditions that always hold, and the faults that strike now and then. Read from a small file.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    public NetworkConditions Network { get; init; } = NetworkConditions.Fair;

    public StoreConditions Store { get; init; } = StoreConditions.Fair;

    public ContainerConditions Containers { get; init; } = ContainerConditions.Fair;

    /// <summary>How many task callbacks in one fail.</summary>
    public double CallbackFailures { get; init; }

    /// <summary>Wall clocks are at most so far off, either way.</summary>
    public TimeSpan ClockError { get; init; }

    public WorkloadOptions Workload { get; init; } = new();

    /// <summary>What each cell has, in MB.</summary>
    public int CellMemory { get; init; } = ClusterSettings.DefaultCellMemoryMb;

    public IReadOnlyList<FaultPlan> Faults { get; init; } = [];
}

/// <summary>One kind of fault, and how often and long it strikes.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Target">To what.</param>
/// <param name="Every">Mean time between two of its kind.</param>
/// <param name="Least">It lasts at least this long.</param>
/// <param name="Most">It lasts at most this long.</param>
internal sealed record FaultPlan(FaultKind Kind, FaultTarget Target, TimeSpan Every, TimeSpan Least, TimeSpan Most)
{
    /// <summary>How many of the targets it strikes at once.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Not 0: so many cells in one it strikes at once and for the same time, whatever <see cref="Count"/> says.</summary>
    public double Share { get; init; }
}

internal enum FaultKind
{
    /// <summary>kill -9; started again after its time.</summary>
    Kill,

    /// <summary>kill -9 a few steps from now, wherever the process then is; started again after its time.</summary>
    KillMidway,

    /// <summary>A clean stop; started again after its time.</summary>
    Restart,

    /// <summary>SIGSTOP, and SIGCONT after its time.</summary>
    Pause,

    /// <summary>The machine's network is cut off from everything.</summary>
    Isolate,

    /// <summary>The way between two machines is cut, in one direction or both.</summary>
    Cut,

    /// <summary>The machine loses power and comes back with nothing running.</summary>
    PowerLoss,

    /// <summary>The server is not there: database or broker.</summary>
    Outage,

    /// <summary>For a while nearly everything that the store is asked goes wrong in one way or another.</summary>
    StoreStorm,

    /// <summary>For a while the network loses, delays and repeats a lot.</summary>
    NetworkStorm,

    /// <summary>A cell is drained, and added again when it is empty and its time is over.</summary>
    Evacuate,

    /// <summary>An operator says of the cells that are not heard of that they are lost, or that they are kept for its time.</summary>
    Verdict,

    /// <summary>The wall clock jumps to within the scenario's clock error.</summary>
    ClockJump,

    /// <summary>The clock runs up to 1 % fast or slow for its time.</summary>
    ClockDrift,

    /// <summary>Containers on the machine crash, one or several.</summary>
    CrashContainers,

    /// <summary>Open connections of a process break, and nothing else.</summary>
    BreakConnections,

    /// <summary>Calls to the cell are not answered, whether it does what they ask or not; it goes on telling its state.</summary>
    Mute,

    /// <summary>No container can be made on the machine; what runs there goes on.</summary>
    SickRuntime,
}

internal enum FaultTarget
{
    Bbs,
    ActiveBbs,
    Auctioneer,
    Converger,
    RouteEmitter,
    Router,
    Rep,
    AnyControl,
    Any,
    Database,
    Broker,
}
