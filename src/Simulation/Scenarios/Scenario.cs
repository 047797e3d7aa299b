using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Machines;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Store;
using Scheduler.Simulation.Workload;

namespace Scheduler.Simulation.Scenarios;

/// <summary>The conditions of a run, which always apply, and its faults, which strike at random times. Read from a small file.</summary>
internal sealed record Scenario
{
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    public NetworkConditions Network { get; init; } = NetworkConditions.Fair;

    public StoreConditions Store { get; init; } = StoreConditions.Fair;

    public ContainerConditions Containers { get; init; } = ContainerConditions.Fair;

    /// <summary>Probability (0 to 1) that a task callback fails.</summary>
    public double CallbackFailures { get; init; }

    /// <summary>Maximum error of wall clocks, in either direction.</summary>
    public TimeSpan ClockError { get; init; }

    public WorkloadOptions Workload { get; init; } = new();

    /// <summary>Memory of each cell, in MB.</summary>
    public int CellMemory { get; init; } = ClusterSettings.DefaultCellMemoryMb;

    /// <summary>Time after the faults within which desired must equal actual, except for back-offs.</summary>
    public TimeSpan SettlesWithin { get; init; } = TimeSpan.FromMinutes(5);

    public IReadOnlyList<FaultPlan> Faults { get; init; } = [];
}

/// <summary>One kind of fault, with its frequency and duration.</summary>
/// <param name="Kind">The fault.</param>
/// <param name="Target">What it strikes.</param>
/// <param name="Every">Mean time between two faults of this plan.</param>
/// <param name="Least">Minimum duration.</param>
/// <param name="Most">Maximum duration.</param>
internal sealed record FaultPlan(FaultKind Kind, FaultTarget Target, TimeSpan Every, TimeSpan Least, TimeSpan Most)
{
    /// <summary>Number of targets that it strikes at once.</summary>
    public int Count { get; init; } = 1;

    /// <summary>
    /// If not 0, the fraction (0 to 1) of cells that it strikes at the same time and for the same duration, whatever <see cref="Count"/>
    /// says.
    /// </summary>
    public double Share { get; init; }

    /// <summary>Of <see cref="FaultKind.Starve"/>: the time that each step of a process takes.</summary>
    public TimeSpan Step { get; init; }
}

internal enum FaultKind
{
    /// <summary>kill -9; restarted after its duration.</summary>
    Kill,

    /// <summary>kill -9 a few steps later, wherever the process is then; restarted after its duration.</summary>
    KillMidway,

    /// <summary>A clean shutdown; restarted after its duration.</summary>
    Restart,

    /// <summary>SIGSTOP, and SIGCONT after its duration.</summary>
    Pause,

    /// <summary>The machine is disconnected from the whole network.</summary>
    Isolate,

    /// <summary>The link between two machines is cut, in one or both directions.</summary>
    Cut,

    /// <summary>The machine loses power and returns with nothing running.</summary>
    PowerLoss,

    /// <summary>The server, either the database or the broker, is down.</summary>
    Outage,

    /// <summary>For its duration, nearly every store operation fails in some way.</summary>
    StoreStorm,

    /// <summary>For its duration, the network loses, delays and repeats many messages.</summary>
    NetworkStorm,

    /// <summary>A cell is drained, and added again when it is empty and the duration is over.</summary>
    Evacuate,

    /// <summary>An operator declares the absent cells lost, or keeps them for the duration.</summary>
    Verdict,

    /// <summary>The wall clock jumps, staying within the scenario's clock error.</summary>
    ClockJump,

    /// <summary>The clock runs up to 1 % fast or slow for the duration.</summary>
    ClockDrift,

    /// <summary>One or several containers on the machine crash.</summary>
    CrashContainers,

    /// <summary>Only the open connections of a process break.</summary>
    BreakConnections,

    /// <summary>Calls to the cell get no reply, whether or not they are carried out; it keeps sending its state.</summary>
    Mute,

    /// <summary>No container can be created on the machine; running ones continue.</summary>
    SickRuntime,

    /// <summary>The machine runs at a fraction of its speed: each step of its processes takes time.</summary>
    Starve,
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
    All,
    Database,
    Broker,
}
