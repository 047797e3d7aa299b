using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

/// <summary>The complete state of a cell at one revision.</summary>
public sealed record LedgerSnapshot(
    CellProfile Profile,
    ulong Revision,
    Resources Available,
    IReadOnlyList<Allocation> Allocations,
    int StartingCount,
    bool Evacuating,
    bool Healthy
);
