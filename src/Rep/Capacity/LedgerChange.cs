using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

/// <summary>The changes of one revision of a cell's state, and the totals after it.</summary>
public sealed record LedgerChange(
    ulong Revision,
    Resources Available,
    IReadOnlyList<Allocation> Upserted,
    IReadOnlyList<string> Removed,
    int StartingCount,
    bool Evacuating,
    bool Healthy
);
