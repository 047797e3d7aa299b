using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

/// <summary>The state of a container as others see it.</summary>
public enum AllocationState
{
    /// <summary>Reserved, initializing or created; counts as starting.</summary>
    Claimed,
    Running,

    /// <summary>Ended without a failure.</summary>
    Shutdown,
    Crashed,
}

/// <summary>The allocation of one container on its cell, in any state until the container is deleted.</summary>
public sealed record Allocation
{
    public required string ContainerGuid { get; init; }

    public bool IsTask { get; init; }

    /// <summary>Empty for a task.</summary>
    public string ProcessGuid { get; init; } = "";

    public int Index { get; init; }

    public required string Domain { get; init; }

    /// <summary>Its memory includes the proxy's.</summary>
    public required Demand Demand { get; init; }

    public AllocationState State { get; init; }

    public LrpKey Key => new(ProcessGuid, Index);

    public Resources Resources => new(Demand.MemoryMb, Demand.DiskMb, 1);
}
