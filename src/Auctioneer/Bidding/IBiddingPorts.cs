using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>Outputs of the bidding loop. No call blocks: a slow peer must not delay the next decision.</summary>
internal interface IBiddingPorts
{
    /// <summary>Sends work to a cell. The answer arrives as a message.</summary>
    void Send(CellId cell, IReadOnlyList<WorkItem> work);

    /// <summary>Requests a cell's full state, because its changes do not build on what is known of it.</summary>
    void Resynchronize(CellId cell);

    /// <summary>Reports to the BBS that a piece of work could not be placed.</summary>
    void ReportFailure(WorkItem work, string placementError);
}
