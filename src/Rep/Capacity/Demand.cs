using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

/// <summary>What a piece of work needs of a cell. Memory and disk in MB; pids are a limit of the container, not a resource.</summary>
public sealed record Demand(string RootFs, int MemoryMb, int DiskMb, int MaxPids = 0)
{
    public IReadOnlyList<string> PlacementTags { get; init; } = [];

    public IReadOnlyList<string> VolumeDrivers { get; init; } = [];

    /// <summary>What the cell must allow; see <see cref="Models.Privileges"/>.</summary>
    public IReadOnlyList<string> Privileges { get; init; } = [];
}

/// <summary>One instance offered to a cell; its container gets a new guid when it is taken.</summary>
public readonly record struct LrpOffer(LrpKey Key, string Domain, Demand Demand);

/// <summary>A task offered to a cell; its container bears the task's guid.</summary>
public readonly record struct TaskOffer(string TaskGuid, string Domain, Demand Demand);
