namespace Scheduler.Simulation.Workload;

/// <summary>What clients ask of the cluster.</summary>
internal sealed record WorkloadOptions
{
    /// <summary>Clients at work side by side, each with LRPs and tasks of its own.</summary>
    public int Clients { get; init; } = 4;

    /// <summary>LRPs that each client keeps at most.</summary>
    public int LrpsEach { get; init; } = 8;

    /// <summary>So many instances for each cell are desired first of all, in LRPs of <see cref="MostInstances"/>.</summary>
    public int InitialPerCell { get; init; }

    /// <summary>Instances of one LRP at most.</summary>
    public int MostInstances { get; init; } = 8;

    /// <summary>Between two requests of one client, on average.</summary>
    public TimeSpan Pace { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How many LRPs in one crash again and again.</summary>
    public double CrashLoopShare { get; init; } = 0.1;

    /// <summary>How many LRPs in one have a monitor, and crash when it has not passed in time.</summary>
    public double MonitoredShare { get; init; }
}
