using Scheduler.Bench.Commands.Load;
using Scheduler.Bench.Commands.Parts;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.BbsSpeed;

/// <summary>The load of <c>bench bbs</c>.</summary>
internal sealed record BbsBenchOptions
{
    /// <summary>LRPs to desire: 1 to 1,000,000.</summary>
    public int Lrps { get; init; } = 1_000;

    /// <summary>Instances of each LRP: 1 to 1,000.</summary>
    public int InstancesPerProcess { get; init; } = 10;

    /// <summary>Simulated cells: 1 to 10,000.</summary>
    public int Cells { get; init; } = 100;

    /// <summary>Cells per process: 1 to 1,000.</summary>
    public int CellsPerProcess { get; init; } = 100;

    /// <summary>Calls that desire LRPs or tasks at the same time: 1 to 1,000.</summary>
    public int Concurrency { get; init; } = 64;

    /// <summary>LRPs or tasks that a call desires: 1 to 1,000. If 1, the calls for single ones are used.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Tasks to run after the LRPs: 0 to 1,000,000.</summary>
    public int Tasks { get; init; }

    /// <summary>LRPs of one instance per second in the steady load that follows; 0 for none.</summary>
    public double Rate { get; init; }

    /// <summary>Duration of the steady load.</summary>
    public TimeSpan Steady { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time to measure the system without any load; zero for none.</summary>
    public TimeSpan Idle { get; init; }

    /// <summary>Mutual TLS between all parts.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>Processes that keep a processor busy during the whole run: 0 to 64.</summary>
    public int Beside { get; init; }

    /// <summary>Time for which the auctioneer is stopped (SIGSTOP) once a third of the instances run; zero for not at all.</summary>
    public TimeSpan PauseAuctioneer { get; init; }

    /// <summary>Time limit of each step.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>As for the BBS's <c>--store</c>; null for a MariaDB server started by the benchmark.</summary>
    public string? Store { get; init; }

    /// <summary>Directory to keep the logs of the processes in; null to discard them.</summary>
    public string? Logs { get; init; }

    public ulong Seed { get; init; } = 1;

    public int Instances => Lrps * InstancesPerProcess;

    /// <summary>
    /// Processes of cells, all in one zone. Memory and disk are for twice the instances, so that no instance waits for room.
    /// </summary>
    public IEnumerable<CellProcess> CellProcesses()
    {
        var containers = (2 * ((Instances + Tasks) / Cells)) + 100;
        for (int first = 0, number = 0; first < Cells; first += CellsPerProcess, number++)
            yield return new CellProcess(
                $"cell-{number}",
                Math.Min(CellsPerProcess, Cells - first),
                "z1",
                checked((int)Math.Min(int.MaxValue, (long)containers * Work.MostMb)),
                containers
            );
    }

    /// <summary>The violations, or null.</summary>
    public DomainError? Validate()
    {
        var broken = new List<FieldViolation>();
        Rule(Lrps is >= 1 and <= 1_000_000, "lrps", "must be from 1 to 1000000");
        Rule(InstancesPerProcess is >= 1 and <= 1_000, "instances-per-process", "must be from 1 to 1000");
        Rule((long)Lrps * InstancesPerProcess <= 2_000_000, "instances-per-process", "times --lrps must be at most 2000000");
        Rule(Cells is >= 1 and <= 10_000, "cells", "must be from 1 to 10000");
        Rule(CellsPerProcess is >= 1 and <= 1_000, "cells-per-process", "must be from 1 to 1000");
        Rule(Concurrency is >= 1 and <= 1_000, "concurrency", "must be from 1 to 1000");
        Rule(Batch is >= 1 and <= 1_000, "batch", "must be from 1 to 1000");
        Rule(Tasks is >= 0 and <= 1_000_000, "tasks", "must be from 0 to 1000000");
        Rule(Rate is >= 0 and <= 10_000, "rate", "must be from 0 to 10000");
        Rule(Beside is >= 0 and <= 64, "beside", "must be from 0 to 64");
        return broken.Count == 0 ? null : DomainError.Invalid(broken);

        void Rule(bool kept, string field, string rule)
        {
            if (!kept)
                broken.Add(new FieldViolation(field, rule));
        }
    }
}
