namespace Scheduler.Auctioneer.Auction.Engine;

/// <summary>Monotonic counters of what the engine has processed since it was created.</summary>
public struct AuctionCounters
{
    public long Placed;
    public long NotPlaced;
    public long ReportsApplied;

    /// <summary>Reports older than the cell's last one; refused.</summary>
    public long ReportsOutOfOrder;

    /// <summary>Changes that do not build on the last report; refused, and a full report is needed.</summary>
    public long ReportsWithGap;

    /// <summary>Reports that break a rule, such as more free than total; refused.</summary>
    public long ReportsInvalid;

    public long Confirmed;
    public long Refused;
    public long Lapsed;

    /// <summary>
    /// Answers for reservations that are no longer outstanding: confirmed twice, or after a lapse or the loss of the cell.
    /// </summary>
    public long AnswersUnknown;
}
