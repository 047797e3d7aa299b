using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>One piece of work on its way through the auctioneer.</summary>
/// <param name="Domain">Passed to the cell; no decision reads it.</param>
internal sealed record WorkItem(
    WorkKind Kind,
    string Guid,
    int Index,
    string Domain,
    Resources Ask,
    int MaxPids,
    PlacementConstraint Constraint
)
{
    /// <summary>Diego's identifier of the auction: <c>GUID.INDEX</c> for an LRP, the guid for a task.</summary>
    public string AuctionId { get; } = Kind == WorkKind.Lrp ? $"{Guid}.{Index}" : Guid;

    /// <summary>The work has crashed before: other first starts do not wait for it.</summary>
    public bool IsRestart { get; init; }

    /// <summary>How often a cell has refused it.</summary>
    public int Reauctions { get; init; }

    /// <summary>The reason that the last cell gave when refusing it.</summary>
    public string? LastRefusal { get; init; }

    public PlacementAsk AskOf(AuctionEngine engine) => new(Kind, Guid, Index, Ask.MemoryMb, Ask.DiskMb, engine.Intern(Constraint));
}
