using Scheduler.Bench.Commands.Load;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.CellLoss;

/// <summary>How large the fleet is, what is killed, and what must come of it.</summary>
internal sealed record CellLossOptions
{
    /// <summary>Cells of the fleet: 2 to 10,000.</summary>
    public int Cells { get; init; } = 100;

    /// <summary>Instances that run when cells are killed, besides probes and deploys.</summary>
    public int Instances { get; init; } = 10_000;

    /// <summary>LRPs that they belong to, each with as many.</summary>
    public int Lrps { get; init; } = 1_000;

    /// <summary>Cells that are killed at once.</summary>
    public int Kill { get; init; } = 1;

    /// <summary>
    /// Instances that the killed cells have together; 0: as many as the auction gives them. Otherwise they start first, with room for
    /// just so many, and get the first instances of every LRP; the others start then, and the LRPs are scaled up.
    /// </summary>
    public int OnKilled { get; init; } = 1_000;

    /// <summary>Cells in one process: 1 to 1,000. Killed cells share processes with killed ones only.</summary>
    public int CellsPerProcess { get; init; } = 33;

    /// <summary>Zones that the processes are dealt to.</summary>
    public int Zones { get; init; } = 1;

    /// <summary>How long a cell counts as alive without being heard of.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>LRPs of one instance that are desired per second, to measure submit → running.</summary>
    public double Probes { get; init; } = 5;

    /// <summary>Further LRPs that are deployed per second, and removed when they run: the rest of the steady load.</summary>
    public double Deploys { get; init; }

    public int DeployInstances { get; init; } = 5;

    /// <summary>How long the steady load is measured before the kill, and again after the replacement.</summary>
    public TimeSpan Steady { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long anything may take before the run is given up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>As the BBS's <c>--store</c>; null: a MariaDB server of the benchmark's own.</summary>
    public string? Store { get; init; }

    /// <summary>Where the parts' logs stay; null: nowhere.</summary>
    public string? Logs { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>Seconds from the kill until all is replaced; 0: no objective.</summary>
    public double MaxSeconds { get; init; }

    /// <summary>Database load during the replacement over that before the kill; 0: no objective.</summary>
    public double MaxLoadRatio { get; init; }

    /// <summary>p99 of the probes during the replacement over that before the kill; 0: no objective.</summary>
    public double MaxLatencyRatio { get; init; }

    /// <summary>Cells given up per second, in the mean; 0: no objective.</summary>
    public double MaxCellsPerSecond { get; init; }

    /// <summary>Memory and disk of each cell: the cells that stay are filled to three quarters after the loss.</summary>
    public int CellMb => (int)Math.Ceiling(Instances * Work.AverageMb / (Cells - Kill) / 0.75) + Work.MostMb;

    /// <summary>Containers of each cell: enough not to be what runs out.</summary>
    public int CellContainers => (2 * Instances / (Cells - Kill)) + 50;

    /// <summary>The rules that values break, or null.</summary>
    public DomainError? Validate()
    {
        var broken = new List<FieldViolation>();
        Rule(Cells is >= 2 and <= 10_000, "cells", "must be from 2 to 10000");
        Rule(Kill >= 1 && Kill < Cells, "kill", "must be at least 1 and leave a cell");
        Rule(Lrps >= 1, "lrps", "must be at least 1");
        Rule(Instances >= Lrps && Lrps >= 1 && Instances % Lrps == 0, "instances", "must be a multiple of --lrps");
        Rule(OnKilled >= 0 && OnKilled <= Instances && Lrps >= 1 && OnKilled % Lrps == 0, "on-killed", "must be 0 or a multiple of --lrps, and at most --instances");
        Rule(OnKilled % Math.Max(1, Kill) == 0, "on-killed", "must be a multiple of --kill");
        Rule(CellsPerProcess is >= 1 and <= 1_000, "cells-per-process", "must be from 1 to 1000");
        Rule(Zones is >= 1 and <= 100, "zones", "must be from 1 to 100");
        Rule(Probes is >= 0 and <= 1_000, "probes", "must be from 0 to 1000");
        Rule(Deploys is >= 0 and <= 1_000, "deploys", "must be from 0 to 1000");
        Rule(DeployInstances is >= 1 and <= 1_000, "deploy-instances", "must be from 1 to 1000");
        Rule(MaxSeconds >= 0 && MaxLoadRatio >= 0 && MaxLatencyRatio >= 0 && MaxCellsPerSecond >= 0, "max-seconds", "and the other objectives must be at least 0");
        return broken.Count == 0 ? null : DomainError.Invalid(broken);

        void Rule(bool kept, string field, string rule)
        {
            if (!kept)
                broken.Add(new FieldViolation(field, rule));
        }
    }
}
