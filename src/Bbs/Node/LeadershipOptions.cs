using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Node;

/// <summary>Settings of leader election among BBS replicas.</summary>
public sealed class LeadershipOptions
{
    /// <summary>
    /// Lifetime of a term without renewal, which is the longest time that clients wait after the active node has died. Diego's value.
    /// </summary>
    [Setting("Leader lock TTL: a standby takes over after this long without renewal", Name = "lock-ttl", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.200", "00:10:00")]
    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Longest interval at which a standby checks whether leadership is free; jitter shortens it by up to half. Each check is one small
    /// query.
    /// A standby also checks when the term it knows of expires.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    [Setting("Maximum interval between a standby's attempts to become active", Name = "lock-retry")]
    public TimeSpan Retry { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether a standby keeps a copy of the state, so that it takes over without loading everything. The copy takes as much memory as the
    /// active node's state.
    /// </summary>
    [Setting("Whether a standby keeps a copy of the state in memory, to take over at once", Name = "warm-standby")]
    public bool WarmStandby { get; set; } = true;

    /// <summary>A third of the lifetime, so that two renewals may fail before the term is at risk.</summary>
    internal TimeSpan RenewInterval => Ttl / 3;
}
