namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>The candidate groups that a constraint set admits, by zone; valid for one version of the fleet's groups.</summary>
internal sealed class EligibleGroups
{
    /// <summary>The version of the group table that this was built from; −1 for none.</summary>
    public long Version { get; set; } = -1;

    /// <summary>The groups of zone entry i are <c>Groups[ZoneStart[i] .. ZoneStart[i + 1]]</c>.</summary>
    public CandidateGroup[] Groups { get; set; } = [];

    public int[] ZoneStart { get; set; } = [0];

    /// <summary>The zone of each entry; only zones with at least one eligible group.</summary>
    public int[] Zones { get; set; } = [];

    /// <summary>The error text if no group is eligible, else null.</summary>
    public string? Error { get; set; }

    public void Clear()
    {
        Version = -1;
        Groups = [];
    }
}
