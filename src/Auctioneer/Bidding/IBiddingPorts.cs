using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>Where the loop's decisions go. Neither call waits: a slow neighbour must not hold up the next decision.</summary>
internal interface IBiddingPorts
{
    /// <summary>Hands work to a cell. The answer comes back as a message.</summary>
    void Send(CellId cell, IReadOnlyList<WorkItem> work);

    /// <summary>Asks a cell for its whole state, because its changes do not fit what is known of it.</summary>
    void Resynchronize(CellId cell);

    /// <summary>Tells the BBS that a piece of work could not be placed.</summary>
    void ReportFailure(WorkItem work, string placementError);
}
