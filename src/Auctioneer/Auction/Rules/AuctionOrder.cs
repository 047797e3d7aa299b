using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Auction.Rules;

/// <summary>
/// The order in which a batch is auctioned, as in Diego: the first instance of every app before tasks, tasks before further instances.
/// Equal ones keep their order of arrival, which Diego leaves open.
/// </summary>
/// <remarks>
/// <summary>
/// Diego's quirk is kept: if no LRP of the batch has an index above 0, its split finds no second part and puts all LRPs there, so that all
/// of them come after the tasks.
/// </summary>
/// </remarks>
public static class AuctionOrder
{
    /// <summary>
    /// Writes the order to <paramref name="order"/> (same length as <paramref name="batch"/>): positions in the batch, first to auction
    /// first. Allocates nothing beyond what sorting needs.
    /// </summary>
    public static void Arrange(ReadOnlySpan<PlacementAsk> batch, Span<int> order)
    {
        if (order.Length != batch.Length)
            throw new ArgumentException("must be as long as the batch", nameof(order));
        var keys = new ulong[batch.Length];
        var hasLaterInstance = false;
        for (var i = 0; i < batch.Length; i++)
            hasLaterInstance |= batch[i] is { Kind: WorkKind.Lrp, Index: > 0 };
        for (var i = 0; i < batch.Length; i++)
        {
            keys[i] = Key(batch[i], hasLaterInstance);
            order[i] = i;
        }

        keys.AsSpan().Sort(order);
        KeepArrivalOrder(keys, order);
    }

    /// <summary>Index, then the position of tasks, then memory in descending order, in one number.</summary>
    private static ulong Key(in PlacementAsk ask, bool hasLaterInstance)
    {
        // With later instances: index 0 → 0, tasks → 1, index n → n + 1. Without: tasks → 1, all LRPs (index 0) → 2.
        var turn =
            ask.Kind == WorkKind.OneOffTask ? 1u
            : ask.Index == 0 ? (hasLaterInstance ? 0u : 2u)
            : (uint)ask.Index + 1;
        return ((ulong)turn << 32) | (uint)(int.MaxValue - ask.MemoryMb);
    }

    /// <summary>The sort above is not stable; this restores the order of arrival among equal keys.</summary>
    private static void KeepArrivalOrder(ulong[] keys, Span<int> order)
    {
        var start = 0;
        while (start < keys.Length)
        {
            var end = start + 1;
            while (end < keys.Length && keys[end] == keys[start])
                end++;
            if (end - start > 1)
                order[start..end].Sort();
            start = end;
        }
    }

    /// <summary>
    /// Whether this is the first occurrence of the work in the batch; only the first counts. Call it in order of arrival;
    /// <paramref name="seen"/> collects what was seen.
    /// </summary>
    public static bool IsFirst(in PlacementAsk ask, HashSet<(WorkKind Kind, string Guid, int Index)> seen) =>
        seen.Add((ask.Kind, ask.Guid, ask.Index));
}
