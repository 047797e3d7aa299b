using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

/// <summary>What one revision of a cell's state changed, and the sums after it.</summary>
public sealed record LedgerChange(
    ulong Revision,
    Resources Available,
    IReadOnlyList<Allocation> Upserted,
    IReadOnlyList<string> Removed,
    int StartingCount,
    bool Evacuating,
    bool Healthy);
