using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

/// <summary>Requirements of a piece of work. Memory and disk are in MB; pids is a limit of the container, not a resource.</summary>
public sealed record Demand(string RootFs, int MemoryMb, int DiskMb, int MaxPids = 0)
{
    public IReadOnlyList<string> PlacementTags { get; init; } = [];

    public IReadOnlyList<string> VolumeDrivers { get; init; } = [];

    /// <summary>Privileges that the cell must allow; see <see cref="Models.Privileges"/>.</summary>
    public IReadOnlyList<string> Privileges { get; init; } = [];
}

/// <summary>An instance offered to a cell; its container gets a new GUID on acceptance.</summary>
public readonly record struct LrpOffer(LrpKey Key, string Domain, Demand Demand);

/// <summary>A task offered to a cell; its container has the task's GUID.</summary>
public readonly record struct TaskOffer(string TaskGuid, string Domain, Demand Demand);
