using Scheduler.Models;

namespace Scheduler.Converger.Rules.Terms;

/// <summary>What the rules need of a desired LRP; its payload stays with the BBS.</summary>
/// <param name="Instances">Null when the count cannot be: nothing is concluded from it, neither that instances are missing nor that they are too many.</param>
/// <param name="InternalRoutes">Fingerprint of the hostnames of its internal routes; null when they cannot be read, so that nothing is concluded from them.</param>
/// <param name="MetricTags">The tags that each instance should carry.</param>
internal sealed record DesiredView(
    string ProcessGuid,
    string Domain,
    int? Instances,
    Fingerprint? InternalRoutes,
    DesiredTags MetricTags);

/// <summary>One row of an actual LRP as it was seen, with the version that a command about it must name.</summary>
/// <param name="Instance">Empty strings while the row is UNCLAIMED or CRASHED.</param>
/// <param name="Since">The last change of state or placement failure.</param>
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
    Fingerprint MetricTags)
{
    /// <summary>Whether a cell holds a container for this row, or says that it will.</summary>
    public bool OnCell => State is ActualLrpState.Claimed or ActualLrpState.Running;
}

/// <summary>A task as it was seen. Its version is <see cref="UpdatedAtNanos"/>, exactly as the BBS wrote it.</summary>
internal sealed record TaskView(
    string TaskGuid,
    OneOffTaskState State,
    CellId CellId,
    DateTimeOffset CreatedAt,
    DateTimeOffset FirstCompletedAt,
    long UpdatedAtNanos,
    bool HasCallback)
{
    public DateTimeOffset UpdatedAt => UnixNanos.ToTime(UpdatedAtNanos);
}

/// <summary>
/// One slot with everything that is known of it: the unit that LRP rules decide on. No rule needs to see two slots, which
/// is what makes deciding on the changed ones alone as good as deciding on all.
/// </summary>
internal readonly record struct SlotView(
    LrpKey Key,
    DesiredView? Desired,
    ActualView? Ordinary,
    ActualView? Evacuating,
    ActualView? Suspect)
{
    /// <summary>Whether somebody desires an instance here.</summary>
    public bool Wanted => Key.Index >= 0 && Key.Index < Desired?.Instances;

    /// <summary>Whether the LRP is desired, but not with an instance here.</summary>
    public bool Beyond => Desired is { Instances: not null } && !Wanted;

    /// <summary>The row of this presence, if there is one.</summary>
    public ActualView? Row(LrpPresence presence) => presence switch
    {
        LrpPresence.Ordinary => Ordinary,
        LrpPresence.Evacuating => Evacuating,
        LrpPresence.Suspect => Suspect,
    };
}
