namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>Times to live in a cluster.</summary>
/// <param name="Ttl">Of a cell's presence and of the active BBS's term.</param>
/// <param name="LockTtl">Of the locks of auctioneer, converger and route emitter.</param>
internal sealed record ClusterTimes(TimeSpan Ttl, TimeSpan LockTtl)
{
    /// <summary>
    /// Age at which the converger asks again for a start that nobody carries out. The product's default spares a large cluster; here it is
    /// only the time that a test waits after a rep was killed with an offer in its hands.
    /// </summary>
    public TimeSpan StartAgain { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Short enough that tests of a lost cell or BBS do not take minutes, and long enough for a busy machine.</summary>
    public static readonly ClusterTimes Short = new(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(3));

    /// <summary>For a machine that is too slow for the current times.</summary>
    public ClusterTimes Twice() => this with { Ttl = Ttl * 2, LockTtl = LockTtl * 2, StartAgain = StartAgain * 2 };

    /// <summary>The product's defaults.</summary>
    public static readonly ClusterTimes Product = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(15));
}
