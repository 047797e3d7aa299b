using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>Everything that reaches the bidding loop.</summary>
internal abstract record BiddingMessage
{
    private BiddingMessage()
    {
    }

    /// <summary>New work, as the BBS asks for it.</summary>
    /// <param name="Admitted">How much of it <see cref="WorkAdmission"/> was asked for.</param>
    public sealed record Offer(IReadOnlyList<WorkItem> Work, int Admitted = 0) : BiddingMessage;

    /// <summary>A cell's whole state, with the auction ids of what it holds.</summary>
    public sealed record Report(CellReport State, IReadOnlySet<string> Held) : BiddingMessage;

    public sealed record Change(CellChange State) : BiddingMessage;

    /// <summary>The cell's state stream broke. Its presence may last for a while yet; it bids again from its next whole state on.</summary>
    public sealed record Silent(CellId Cell) : BiddingMessage;

    /// <summary>The cell's presence is gone.</summary>
    public sealed record Gone(CellId Cell) : BiddingMessage;

    /// <summary>A cell's answer to work that was sent to it.</summary>
    public sealed record Answer(
        CellId Cell, IReadOnlyList<WorkItem> Sent, IReadOnlyDictionary<string, string> Refused, long Incarnation, long Revision) : BiddingMessage;

    /// <summary>The call broke: the cell may have taken the work or not. Its next whole state tells.</summary>
    public sealed record Unanswered(CellId Cell, IReadOnlyList<WorkItem> Sent) : BiddingMessage;

    /// <summary>The cells that are there at the start: the first auction waits for their reports.</summary>
    public sealed record Expected(IReadOnlyCollection<CellId> Cells) : BiddingMessage;

    /// <summary>Time has passed; reservations may have lapsed.</summary>
    public sealed record Tick : BiddingMessage;

    /// <summary>Somebody wants to see the fleet as it is between two auctions, and the last decision about this work if it names any.</summary>
    /// <param name="Reply">Must run its continuations elsewhere: not on the loop.</param>
    public sealed record Look(string? Guid, int Index, TaskCompletionSource<AuctionLook> Reply) : BiddingMessage;
}

/// <summary>What the loop saw at one moment.</summary>
/// <param name="Fleet">A copy that is the asker's own.</param>
/// <param name="StartsWaiting">While the work waits for its turn at the cell that has won it: how many starts do so there, itself included; else 0.</param>
internal sealed record AuctionLook(AuctionEngine Fleet, RememberedDecision? Decision, int StartsWaiting = 0);
