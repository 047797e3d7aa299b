namespace Scheduler.Auctioneer.Auction.Engine;

/// <summary>What the engine has seen since it was made; only ever grows.</summary>
public struct AuctionCounters
{
    public long Placed;
    public long NotPlaced;
    public long ReportsApplied;

    /// <summary>Reports older than the last one of the same cell; refused.</summary>
    public long ReportsOutOfOrder;

    /// <summary>Changes that do not build on the last report; refused, a full report is needed.</summary>
    public long ReportsWithGap;

    /// <summary>Reports that break a rule, such as more free than total; refused.</summary>
    public long ReportsInvalid;

    public long Confirmed;
    public long Refused;
    public long Lapsed;

    /// <summary>Answers for reservations that are outstanding no more: confirmed twice, or after lapse or loss of the cell.</summary>
    public long AnswersUnknown;
}
