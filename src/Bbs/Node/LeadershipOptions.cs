using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Node;

/// <summary>How one of several BBSs comes to lead.</summary>
public sealed class LeadershipOptions
{
    /// <summary>How long a term lasts without a renewal: the longest that clients wait after the active one died. Diego's value.</summary>
    [Setting("Leader lock TTL: a standby takes over after this long without renewal", Name = "lock-ttl", Common = true)]
    [Range(typeof(TimeSpan), "00:00:00.200", "00:10:00")]
    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often at least a standby asks whether leadership is free; up to half of the wait is left out by chance. One small query each; it also asks when the term it knows of runs out.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    [Setting("Longest time between a standby's attempts to become active", Name = "lock-retry")]
    public TimeSpan Retry { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A third, so that two renewals may fail before the term is in danger.</summary>
    internal TimeSpan RenewInterval => Ttl / 3;
}
