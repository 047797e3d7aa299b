using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>A message to the bidding loop.</summary>
internal abstract record BiddingMessage
{
    private BiddingMessage() { }

    /// <summary>New work, as requested by the BBS.</summary>
    /// <param name="Admitted">How much of it <see cref="WorkAdmission"/> admitted.</param>
    public sealed record Offer(IReadOnlyList<WorkItem> Work, int Admitted = 0) : BiddingMessage;

    /// <summary>A cell's full state, with the auction ids of the work on it.</summary>
    public sealed record Report(CellReport State, IReadOnlySet<string> Held) : BiddingMessage;

    public sealed record Change(CellChange State) : BiddingMessage;

    /// <summary>The cell's state stream broke. Its presence may last a while longer; it bids again after its next full state.</summary>
    public sealed record Silent(CellId Cell) : BiddingMessage;

    /// <summary>The cell's presence ended.</summary>
    public sealed record Gone(CellId Cell) : BiddingMessage;

    /// <summary>A cell's answer to work that was sent to it.</summary>
    public sealed record Answer(
        CellId Cell,
        IReadOnlyList<WorkItem> Sent,
        IReadOnlyDictionary<string, string> Refused,
        long Incarnation,
        long Revision
    ) : BiddingMessage;

    /// <summary>The call broke, and the cell may or may not have taken the work. Its next full state shows which.</summary>
    public sealed record Unanswered(CellId Cell, IReadOnlyList<WorkItem> Sent) : BiddingMessage;

    /// <summary>The cells present at the start; the first auction waits for their reports.</summary>
    public sealed record Expected(IReadOnlyCollection<CellId> Cells) : BiddingMessage;

    /// <summary>Time has passed; reservations may have lapsed.</summary>
    public sealed record Tick : BiddingMessage;

    /// <summary>Request for a copy of the fleet between two auctions, and for the last decision about this work if it names any.</summary>
    /// <param name="Reply">Must not run its continuations on the loop.</param>
    public sealed record Look(string? Guid, int Index, TaskCompletionSource<AuctionLook> Reply) : BiddingMessage;
}

/// <summary>The loop's state at one moment.</summary>
/// <param name="Fleet">A copy that the caller owns.</param>
/// <param name="StartsWaiting">While the work waits for its turn at the cell that won it: how many starts wait there, including this one;
/// else 0.</param>
internal sealed record AuctionLook(AuctionEngine Fleet, RememberedDecision? Decision, int StartsWaiting = 0);
