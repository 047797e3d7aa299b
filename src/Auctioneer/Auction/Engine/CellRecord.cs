using Scheduler.Auctioneer.Auction.Index;
using Scheduler.Auctioneer.Auction.Tables;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Engine;

/// <summary>The engine's data about a cell besides its <see cref="CellRow"/>. Reports read it, decisions do not.</summary>
internal sealed class CellRecord
{
    public required CellId Id { get; init; }

    /// <summary>The last full report; changes since then are applied to the numbers below.</summary>
    public required CellReport Report { get; set; }

    public required CellKind Kind { get; set; }
    public Resources Available { get; set; }
    public int Starting { get; set; }
    public int Tasks { get; set; }
    public bool Evacuating { get; set; }
    public bool Healthy { get; set; }
    public long Incarnation { get; set; }
    public long Revision { get; set; }

    /// <summary>Instance counts that the rep reports, by interned process.</summary>
    public Dictionary<int, int> Reported { get; set; } = [];

    /// <summary>Empty dictionary into which the next full report is read.</summary>
    public Dictionary<int, int> Spare { get; set; } = [];

    /// <summary>The group that the cell competes in; null if it takes no work.</summary>
    public CandidateGroup? Group { get; set; }

    public bool Usable => Healthy && !Evacuating;

    /// <summary>Returns an independent copy that is in no group yet.</summary>
    public CellRecord Clone()
    {
        var copy = (CellRecord)MemberwiseClone();
        copy.Reported = new Dictionary<int, int>(Reported);
        copy.Spare = [];
        copy.Group = null;
        return copy;
    }
}
