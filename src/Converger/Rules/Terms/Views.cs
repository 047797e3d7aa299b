using Scheduler.Models;

namespace Scheduler.Converger.Rules.Terms;

/// <summary>The parts of a desired LRP that the rules need; its payload stays with the BBS.</summary>
/// <param name="Instances">Null if the count is invalid: the rules then conclude neither that instances are missing nor that there are too
/// many.</param>
/// <param name="InternalRoutes">Fingerprint of the hostnames of its internal routes; null if they are unreadable, so that the rules
/// conclude nothing from them.</param>
/// <param name="MetricTags">Desired tags of each instance.</param>
internal sealed record DesiredView(string ProcessGuid, string Domain, int? Instances, Fingerprint? InternalRoutes, DesiredTags MetricTags);

/// <summary>One actual LRP row as last seen, with the version that a command about it must name.</summary>
/// <param name="Instance">Empty strings while the row is UNCLAIMED or CRASHED.</param>
/// <param name="Since">Time of the last change of state or placement failure.</param>
/// <param name="InternalRoutes">Fingerprint of the hostnames that its rep last reported.</param>
/// <param name="MetricTags">Fingerprint of the tags that its rep last reported.</param>
internal sealed record ActualView(
    LrpKey Key,
    string Domain,
    LrpPresence Presence,
    ActualLrpState State,
    InstanceKey Instance,
    DateTimeOffset Since,
    int CrashCount,
    ModificationTag Tag,
    Fingerprint InternalRoutes,
    Fingerprint MetricTags
)
{
    /// <summary>Whether a cell holds a container for this row, or has claimed it.</summary>
    public bool OnCell => State is ActualLrpState.Claimed or ActualLrpState.Running;
}

/// <summary>A task as last seen. Its version is <see cref="UpdatedAtNanos"/>, exactly as the BBS wrote it.</summary>
internal sealed record TaskView(
    string TaskGuid,
    OneOffTaskState State,
    CellId CellId,
    DateTimeOffset CreatedAt,
    DateTimeOffset FirstCompletedAt,
    long UpdatedAtNanos,
    bool HasCallback
)
{
    public DateTimeOffset UpdatedAt => UnixNanos.ToTime(UpdatedAtNanos);
}

/// <summary>
/// One slot with everything known about it: the unit that LRP rules decide on. No rule needs two slots, so deciding on the changed ones
/// alone gives the same result as deciding on all.
/// </summary>
internal readonly record struct SlotView(
    LrpKey Key,
    DesiredView? Desired,
    ActualView? Ordinary,
    ActualView? Evacuating,
    ActualView? Suspect
)
{
    /// <summary>Whether an instance is desired at this index.</summary>
    public bool Wanted => Key.Index >= 0 && Key.Index < Desired?.Instances;

    /// <summary>Whether the LRP is desired, but not at this index.</summary>
    public bool Beyond => Desired is { Instances: not null } && !Wanted;

    /// <summary>The row with this presence, or null.</summary>
    public ActualView? Row(LrpPresence presence) =>
        presence switch
        {
            LrpPresence.Ordinary => Ordinary,
            LrpPresence.Evacuating => Evacuating,
            LrpPresence.Suspect => Suspect,
        };
}
