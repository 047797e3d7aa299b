using Scheduler.Simulation.Network;
using Scheduler.Simulation.Scenarios;
using Scheduler.Simulation.Store;
using Scheduler.Simulation.Workload;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>
/// Scenarios that expose the faults. Each strikes only where necessary, so that a run is short and a finding has one cause.
/// </summary>
internal static class PlantedScenarios
{
    public static readonly Scenario Calm = new() { Name = "calm" };

    /// <summary>Many LRPs crash again and again.</summary>
    public static readonly Scenario Crashing = new()
    {
        Name = "crashing",
        Workload = new WorkloadOptions { CrashLoopShare = 0.4 },
    };

    /// <summary>The broker is away again and again, while LRPs come and go.</summary>
    public static readonly Scenario BrokerOutages = new()
    {
        Name = "broker outages",
        Faults = [Fault(FaultKind.Outage, FaultTarget.Broker, every: 90, least: 5, most: 30)],
    };

    /// <summary>More work than the cells have memory for.</summary>
    public static readonly Scenario Crowded = new()
    {
        Name = "crowded",
        Workload = new WorkloadOptions
        {
            Clients = 6,
            MostInstances = 60,
            Pace = TimeSpan.FromSeconds(2),
            CrashLoopShare = 0,
        },
    };

    /// <summary>A cell is absent for longer than the cluster waits for it.</summary>
    public static readonly Scenario LostCells = new()
    {
        Name = "lost cells",
        Faults = [Fault(FaultKind.PowerLoss, FaultTarget.Rep, every: 200, least: 300, most: 400)],
    };

    /// <summary>Cells are cut off while they keep running, and return.</summary>
    public static readonly Scenario CutCells = new()
    {
        Name = "cut cells",
        Faults = [Fault(FaultKind.Isolate, FaultTarget.Rep, every: 60, least: 20, most: 60)],
    };

    /// <summary>The active BBS is paused for longer than its term, with a slow and unreliable store and network.</summary>
    public static readonly Scenario Failovers = new()
    {
        Name = "failovers",
        Network = NetworkConditions.Fair with { DropProbability = 0.01, DuplicateProbability = 0.05 },
        Store = StoreConditions.Fair with { SlowProbability = 0.05 },
        Faults =
        [
            Fault(FaultKind.Pause, FaultTarget.ActiveBbs, every: 45, least: 15, most: 40),
            Fault(FaultKind.Kill, FaultTarget.Auctioneer, every: 60, least: 1, most: 20),
            Fault(FaultKind.StoreStorm, FaultTarget.Database, every: 60, least: 5, most: 20),
            Fault(FaultKind.NetworkStorm, FaultTarget.Any, every: 60, least: 5, most: 20),
        ],
    };

    /// <summary>All machines are starved at once, under more load than they can then carry.</summary>
    public static readonly Scenario Starved = new()
    {
        Name = "starved",
        Workload = new WorkloadOptions
        {
            Clients = 8,
            Pace = TimeSpan.FromSeconds(1),
            CrashLoopShare = 0,
        },
        Faults = [Fault(FaultKind.Starve, FaultTarget.All, every: 120, least: 60, most: 90) with { Step = TimeSpan.FromMilliseconds(60) }],
    };

    private static FaultPlan Fault(FaultKind kind, FaultTarget target, double every, double least, double most) =>
        new(kind, target, TimeSpan.FromSeconds(every), TimeSpan.FromSeconds(least), TimeSpan.FromSeconds(most));
}
