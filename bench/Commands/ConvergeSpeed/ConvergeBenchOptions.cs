using Scheduler.Models;

namespace Scheduler.Bench.Commands.ConvergeSpeed;

/// <summary>The cluster that <c>bench converge</c> measures.</summary>
public sealed record ConvergeBenchOptions
{
    /// <summary>Number of instances; each is desired, and most run on a present cell.</summary>
    public int Lrps { get; init; } = 1_000_000;

    public int Cells { get; init; } = 4_000;

    /// <summary>Instances of each desired LRP; the last one gets the remainder.</summary>
    public int InstancesPerProcess { get; init; } = 10;

    /// <summary>Decides which instance is on which cell.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The first violation, or null.</summary>
    public DomainError? Validate()
    {
        if (Lrps is < 1 or > 20_000_000)
            return DomainError.Invalid("--lrps", "must be from 1 to 20000000");
        if (Cells < 2 || Cells > Lrps || Cells > 1_000_000)
            return DomainError.Invalid("--cells", "must be from 2 to 1000000, and at most --lrps");
        if (InstancesPerProcess is < 1 or > 100_000)
            return DomainError.Invalid("--instances", "must be from 1 to 100000");
        return null;
    }
}
