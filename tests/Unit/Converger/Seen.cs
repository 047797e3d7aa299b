using Scheduler.Converger.Rules;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger;

/// <summary>Builders for what the rules look at: a test states what matters to it.</summary>
internal static class Seen
{
    public const string Domain = "apps";

    public static DesiredSeen Desired(string guid, int instances, string domain = Domain) =>
        new(guid, domain, instances, Fingerprint.Empty, DesiredTags.None);

    public static ActualSeen Unclaimed(string guid, int index) => new(
        new LrpKey(guid, index),
        Domain,
        LrpPresence.Ordinary,
        ActualLrpState.Unclaimed,
        new InstanceKey("", new CellId("")),
        Cluster.Start,
        0,
        new ModificationTag($"epoch-{guid}-{index}", 0),
        Fingerprint.Empty,
        Fingerprint.Empty);

    public static ActualSeen Crashed(string guid, int index, int count) =>
        Unclaimed(guid, index) with { State = ActualLrpState.Crashed, CrashCount = count };

    public static ActualSeen Claimed(string guid, int index, string cell) => Unclaimed(guid, index) with
    {
        State = ActualLrpState.Claimed,
        Instance = new InstanceKey($"{guid}-{index}-on-{cell}", new CellId(cell)),
    };

    public static ActualSeen Running(string guid, int index, string cell) =>
        Claimed(guid, index, cell) with { State = ActualLrpState.Running };

    public static ActualSeen Suspect(this ActualSeen row) => row with { Presence = LrpPresence.Suspect };

    public static ActualSeen Evacuating(this ActualSeen row) => row with { Presence = LrpPresence.Evacuating };

    public static TaskSeen Task(string guid, OneOffTaskState state) => new(
        guid,
        state,
        new CellId(""),
        Cluster.Start,
        state is OneOffTaskState.Completed or OneOffTaskState.Resolving ? Cluster.Start : DateTimeOffset.UnixEpoch,
        UnixNanos.From(Cluster.Start),
        HasCallback: true);
}
