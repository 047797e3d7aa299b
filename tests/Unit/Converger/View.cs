using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger;

/// <summary>Builders for the rules' input: a test states only what matters to it.</summary>
internal static class View
{
    public const string Domain = "apps";

    public static DesiredView Desired(string guid, int instances, string domain = Domain) =>
        new(guid, domain, instances, Fingerprint.Empty, DesiredTags.None);

    public static ActualView Unclaimed(string guid, int index) =>
        new(
            new LrpKey(guid, index),
            Domain,
            LrpPresence.Ordinary,
            ActualLrpState.Unclaimed,
            new InstanceKey("", new CellId("")),
            Cluster.Start,
            0,
            new ModificationTag($"epoch-{guid}-{index}", 0),
            Fingerprint.Empty,
            Fingerprint.Empty
        );

    public static ActualView Crashed(string guid, int index, int count) =>
        Unclaimed(guid, index) with
        {
            State = ActualLrpState.Crashed,
            CrashCount = count,
        };

    public static ActualView Claimed(string guid, int index, string cell) =>
        Unclaimed(guid, index) with
        {
            State = ActualLrpState.Claimed,
            Instance = new InstanceKey($"{guid}-{index}-on-{cell}", new CellId(cell)),
        };

    public static ActualView Running(string guid, int index, string cell) =>
        Claimed(guid, index, cell) with
        {
            State = ActualLrpState.Running,
        };

    public static ActualView Suspect(this ActualView row) => row with { Presence = LrpPresence.Suspect };

    public static ActualView Evacuating(this ActualView row) => row with { Presence = LrpPresence.Evacuating };

    public static TaskView Task(string guid, OneOffTaskState state) =>
        new(
            guid,
            state,
            new CellId(""),
            Cluster.Start,
            state is OneOffTaskState.Completed or OneOffTaskState.Resolving ? Cluster.Start : DateTimeOffset.UnixEpoch,
            UnixNanos.From(Cluster.Start),
            HasCallback: true
        );
}
