namespace Scheduler.Simulation.Workload;

/// <summary>The load that clients put on the cluster.</summary>
internal sealed record WorkloadOptions
{
    /// <summary>Concurrent clients, each with its own LRPs and tasks.</summary>
    public int Clients { get; init; } = 4;

    /// <summary>Maximum LRPs of each client.</summary>
    public int LrpsEach { get; init; } = 8;

    /// <summary>Instances per cell to desire at the start, in LRPs of <see cref="MostInstances"/>.</summary>
    public int InitialPerCell { get; init; }

    /// <summary>Maximum instances of one LRP.</summary>
    public int MostInstances { get; init; } = 8;

    /// <summary>Mean time between two requests of one client.</summary>
    public TimeSpan Pace { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Fraction (0 to 1) of LRPs that crash again and again.</summary>
    public double CrashLoopShare { get; init; } = 0.1;

    /// <summary>Fraction (0 to 1) of LRPs with a monitor; they crash if it does not pass in time.</summary>
    public double MonitoredShare { get; init; }
}
