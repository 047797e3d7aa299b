using Scheduler.Models;

namespace Scheduler.Bench.Commands.CellSpeed;

/// <summary>Settings of a run.</summary>
internal sealed record CellBenchOptions
{
    /// <summary>Containers of each contestant that start several at a time; a quarter as many start alone.</summary>
    public int Containers { get; init; } = 200;

    /// <summary>How many start at a time.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Containers that are all asked for at once, beside three that run; 0: none.</summary>
    public int Burst { get; init; } = 37;

    /// <summary>Directory for the cell's files; they are removed at the end.</summary>
    public string State { get; init; } = "/var/lib/scheduler";

    /// <summary>The runc program, for both contestants.</summary>
    public string Runc { get; init; } = "runc";

    /// <summary>Address of a Docker engine to measure beside; null: none.</summary>
    public string? DockerHost { get; init; }

    public DomainError? Validate() =>
        Containers < 4 ? DomainError.Invalid("containers", "must be at least 4")
        : Parallel is < 1 or > 64 ? DomainError.Invalid("parallel", "must be from 1 to 64")
        : Burst is < 0 or > 200 ? DomainError.Invalid("burst", "must be from 0 to 200")
        : null;
}
