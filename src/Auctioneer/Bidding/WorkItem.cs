using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>One piece of work on its way through the auctioneer.</summary>
/// <param name="Domain">Carried for the cell; no decision reads it.</param>
internal sealed record WorkItem(WorkKind Kind, string Guid, int Index, string Domain, Resources Ask, int MaxPids, PlacementConstraint Constraint)
{
    /// <summary>Diego's identifier of the auction: <c>GUID.INDEX</c> of an LRP, the guid of a task.</summary>
    public string AuctionId { get; } = Kind == WorkKind.Lrp ? $"{Guid}.{Index}" : Guid;

    /// <summary>It has crashed before: first starts of others do not wait for it.</summary>
    public bool IsRestart { get; init; }

    /// <summary>How often a cell has sent it back.</summary>
    public int Reauctions { get; init; }

    /// <summary>What the last cell said when it sent it back.</summary>
    public string? LastRefusal { get; init; }

    public PlacementAsk AskOf(AuctionEngine engine) => new(Kind, Guid, Index, Ask.MemoryMb, Ask.DiskMb, engine.Intern(Constraint));
}
