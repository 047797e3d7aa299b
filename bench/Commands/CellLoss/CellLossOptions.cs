using Scheduler.Bench.Commands.Load;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.CellLoss;

/// <summary>Size of the fleet, cells to kill, and objectives.</summary>
internal sealed record CellLossOptions
{
    /// <summary>Cells of the fleet: 2 to 10,000.</summary>
    public int Cells { get; init; } = 100;

    /// <summary>Instances that run when the cells are killed, without probes and deploys.</summary>
    public int Instances { get; init; } = 10_000;

    /// <summary>Number of LRPs with these instances, equally many each.</summary>
    public int Lrps { get; init; } = 1_000;

    /// <summary>Cells to kill at once.</summary>
    public int Kill { get; init; } = 1;

    /// <summary>
    /// Total instances on the killed cells; 0 for as many as the auction gives them. Otherwise the cells to kill start first, with capacity
    /// for exactly this number, and get the first instances of every LRP; then the other cells start, and the LRPs are scaled up.
    /// </summary>
    public int OnKilled { get; init; } = 1_000;

    /// <summary>Cells per process: 1 to 1,000. A process holds either only cells to kill or none.</summary>
    public int CellsPerProcess { get; init; } = 33;

    /// <summary>Zones, assigned to the processes in turn.</summary>
    public int Zones { get; init; } = 1;

    /// <summary>Time to live of a cell's presence.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Rate of single-instance LRPs per second, to measure the time from submit to running.</summary>
    public double Probes { get; init; } = 5;

    /// <summary>Rate of further LRPs per second, each removed once it runs: the rest of the steady load.</summary>
    public double Deploys { get; init; }

    public int DeployInstances { get; init; } = 5;

    /// <summary>Time to measure the steady load before the kill, and again after the replacement.</summary>
    public TimeSpan Steady { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time limit of each step.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>As for the BBS's <c>--store</c>; null for a MariaDB server started by the benchmark.</summary>
    public string? Store { get; init; }

    /// <summary>Directory to keep the logs of the processes in; null to discard them.</summary>
    public string? Logs { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>Seconds from the kill until everything is replaced; 0 for no objective.</summary>
    public double MaxSeconds { get; init; }

    /// <summary>Ratio of the database load during the replacement to that before the kill; 0 for no objective.</summary>
    public double MaxLoadRatio { get; init; }

    /// <summary>Ratio of the probes' p99 during the replacement to that before the kill; 0 for no objective.</summary>
    public double MaxLatencyRatio { get; init; }

    /// <summary>Mean number of cells given up per second; 0 for no objective.</summary>
    public double MaxCellsPerSecond { get; init; }

    /// <summary>Memory and disk of each cell in MB, so that the surviving cells are filled to three quarters after the loss.</summary>
    public int CellMb => (int)Math.Ceiling(Instances * Work.AverageMb / (Cells - Kill) / 0.75) + Work.MostMb;

    /// <summary>Containers of each cell: enough not to be the limit.</summary>
    public int CellContainers => (2 * Instances / (Cells - Kill)) + 50;

    /// <summary>The violations, or null.</summary>
    public DomainError? Validate()
    {
        var broken = new List<FieldViolation>();
        Rule(Cells is >= 2 and <= 10_000, "cells", "must be from 2 to 10000");
        Rule(Kill >= 1 && Kill < Cells, "kill", "must be at least 1 and leave a cell");
        Rule(Lrps >= 1, "lrps", "must be at least 1");
        Rule(Instances >= Lrps && Lrps >= 1 && Instances % Lrps == 0, "instances", "must be a multiple of --lrps");
        Rule(
            OnKilled >= 0 && OnKilled <= Instances && Lrps >= 1 && OnKilled % Lrps == 0,
            "on-killed",
            "must be 0 or a multiple of --lrps, and at most --instances"
        );
        Rule(OnKilled % Math.Max(1, Kill) == 0, "on-killed", "must be a multiple of --kill");
        Rule(CellsPerProcess is >= 1 and <= 1_000, "cells-per-process", "must be from 1 to 1000");
        Rule(Zones is >= 1 and <= 100, "zones", "must be from 1 to 100");
        Rule(Probes is >= 0 and <= 1_000, "probes", "must be from 0 to 1000");
        Rule(Deploys is >= 0 and <= 1_000, "deploys", "must be from 0 to 1000");
        Rule(DeployInstances is >= 1 and <= 1_000, "deploy-instances", "must be from 1 to 1000");
        Rule(
            MaxSeconds >= 0 && MaxLoadRatio >= 0 && MaxLatencyRatio >= 0 && MaxCellsPerSecond >= 0,
            "max-seconds",
            "must be at least 0, like the other objectives"
        );
        return broken.Count == 0 ? null : DomainError.Invalid(broken);

        void Rule(bool kept, string field, string rule)
        {
            if (!kept)
                broken.Add(new FieldViolation(field, rule));
        }
    }
}
