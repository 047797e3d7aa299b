using Scheduler.Models;

namespace Scheduler.Bench.Commands.BbsSpeed.Million;

/// <summary>The stored fleet of <c>bench bbs --million</c> and the load on it.</summary>
internal sealed record MillionOptions
{
    /// <summary>Running instances in the store: 1,000 to 2,000,000.</summary>
    public int Rows { get; init; } = 1_000_000;

    /// <summary>Instances of each LRP: 1 to 1,000.</summary>
    public int InstancesPerProcess { get; init; } = 10;

    /// <summary>Cells that the instances run on, in the store only: 1 to 10,000.</summary>
    public int Cells { get; init; } = 1_000;

    /// <summary>LRPs to change per second while reads are measured: 0 to 100,000; 0 for none.</summary>
    public int Writes { get; init; } = 2_000;

    /// <summary>Time to measure each kind of read.</summary>
    public TimeSpan Measure { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Mutual TLS between all parts.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>Time limit of each step.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>As for the BBS's <c>--store</c>; null for a MariaDB server started by the benchmark.</summary>
    public string? Store { get; init; }

    /// <summary>Directory to keep the logs of the processes in; null to discard them.</summary>
    public string? Logs { get; init; }

    /// <summary>Number of LRPs.</summary>
    public int Processes => Rows / InstancesPerProcess;

    /// <summary>The violations, or null.</summary>
    public DomainError? Validate()
    {
        var broken = new List<FieldViolation>();
        Rule(Rows is >= 1_000 and <= 2_000_000, "rows", "must be from 1000 to 2000000");
        Rule(InstancesPerProcess is >= 1 and <= 1_000, "instances-per-process", "must be from 1 to 1000");
        Rule(InstancesPerProcess < 1 || Rows % InstancesPerProcess == 0, "rows", "must be a multiple of --instances-per-process");
        Rule(Cells is >= 1 and <= 10_000, "cells", "must be from 1 to 10000");
        Rule(Writes is >= 0 and <= 100_000, "writes", "must be from 0 to 100000");
        Rule(Measure <= TimeSpan.FromMinutes(10), "measure", "must be at most 10m");
        return broken.Count == 0 ? null : DomainError.Invalid(broken);

        void Rule(bool kept, string field, string rule)
        {
            if (!kept)
                broken.Add(new FieldViolation(field, rule));
        }
    }
}
