using System.Diagnostics.CodeAnalysis;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Model;

/// <summary>Reader of the parts of contract messages that the rules use.</summary>
internal static class ContractReader
{
    /// <summary>The largest limit that a BBS can be configured with. A higher count or index is corrupt data, not a request.</summary>
    public const int MaxInstances = 1_000_000;

    private static readonly InstanceKey NoInstance = new("", new CellId(""));

    /// <exception cref="FormatException">The row has no key.</exception>
    public static DesiredView Read(DesiredLRP lrp) =>
        new(
            Named(lrp.ProcessGuid, "process_guid"),
            lrp.Domain,
            lrp.Instances is >= 0 and <= MaxInstances ? lrp.Instances : null,
            InternalRoutesOf(lrp.Routes),
            Tags(lrp.MetricTags)
        );

    /// <param name="model">The model that will hold the row; strings it already has are shared.</param>
    /// <exception cref="FormatException">The row has no key, or its state or presence is unknown.</exception>
    public static ActualView Read(ActualLRP row, ClusterModel? model = null)
    {
        var key = Key(row.ActualLrpKey, model);
        return new ActualView(
            key,
            Domain(key, row.ActualLrpKey.Domain, model),
            Presence(row.Presence),
            ActualLrpStateNames.Parse(row.State),
            Instance(row.ActualLrpInstanceKey, model),
            UnixNanos.ToTime(row.Since),
            row.CrashCount,
            Tag(row.ModificationTag),
            Hostnames(row.ActualLrpInternalRoutes),
            Fingerprint.OfPairs(row.MetricTags)
        );
    }

    /// <inheritdoc cref="Read(ActualLRP, ClusterModel)"/>
    public static ActualView ReadAfter(ActualLRPInstanceChangedEvent change, ClusterModel? model = null)
    {
        var key = Key(change.ActualLrpKey, model);
        Required(change.After, "after");
        var state = ActualLrpStateNames.Parse(change.After.State);
        return new ActualView(
            key,
            Domain(key, change.ActualLrpKey.Domain, model),
            Presence(change.After.Presence),
            state,
            // The event names its instance even when that instance has just left the row.
            state is ActualLrpState.Claimed or ActualLrpState.Running
                ? Instance(change.ActualLrpInstanceKey, model)
                : NoInstance,
            UnixNanos.ToTime(change.After.Since),
            change.After.CrashCount,
            Tag(change.After.ModificationTag),
            Hostnames(change.ActualLrpInternalRoutes),
            Fingerprint.OfPairs(change.MetricTags)
        );
    }

    /// <exception cref="FormatException">The task has no guid, or its state is unknown.</exception>
    public static TaskView Read(OneOffTask task, ClusterModel? model = null)
    {
        var cell = new CellId(task.CellId);
        return new TaskView(
            Named(task.TaskGuid, "task_guid"),
            State(task.State),
            model?.Shared(cell) ?? cell,
            UnixNanos.ToTime(task.CreatedAt),
            UnixNanos.ToTime(task.FirstCompletedAt),
            task.UpdatedAt,
            !string.IsNullOrEmpty(task.TaskDefinition?.CompletionCallbackUrl)
        );
    }

    /// <exception cref="FormatException">The message has no key.</exception>
    public static LrpKey Key(ActualLRPKey? key, ClusterModel? model = null)
    {
        Required(key, "actual_lrp_key");
        var slot = new LrpKey(Named(key.ProcessGuid, "actual_lrp_key.process_guid"), key.Index);
        return model?.Shared(slot) ?? slot;
    }

    /// <exception cref="FormatException">The presence is unknown.</exception>
    public static LrpPresence Presence(ActualLRP.Types.Presence presence) =>
        presence is ActualLRP.Types.Presence.Ordinary or ActualLRP.Types.Presence.Evacuating or ActualLRP.Types.Presence.Suspect
            ? (LrpPresence)presence
            : throw new FormatException($"unknown presence {(int)presence}");

    /// <exception cref="FormatException">The message is missing.</exception>
    public static T Required<T>([NotNull] T? part, string name)
        where T : class => part ?? throw new FormatException($"{name} is missing");

    /// <exception cref="FormatException">The name is empty.</exception>
    public static string Named(string text, string name) => text.Length > 0 ? text : throw new FormatException($"{name} is empty");

    private static OneOffTaskState State(OneOffTask.Types.State state) =>
        (OneOffTaskState)state is >= OneOffTaskState.Pending and <= OneOffTaskState.Resolving and var known
            ? known
            : throw new FormatException($"unknown task state {(int)state}");

    private static string Domain(LrpKey key, string domain, ClusterModel? model) => model?.SharedDomain(key, domain) ?? domain;

    private static InstanceKey Instance(ActualLRPInstanceKey? key, ClusterModel? model)
    {
        if (key is null)
            return NoInstance;
        var cell = new CellId(key.CellId);
        return new InstanceKey(key.InstanceGuid, model?.Shared(cell) ?? cell);
    }

    internal static Scheduler.Models.ModificationTag Tag(Contracts.V1.ModificationTag? tag) => new(tag?.Epoch ?? "", tag?.Index ?? 0);

    private static Fingerprint Hostnames(IEnumerable<ActualLRPInternalRoute> routes)
    {
        var sum = Fingerprint.Empty;
        foreach (var route in routes)
            sum += Fingerprint.Of(route.Hostname);
        return sum;
    }

    private static DesiredTags Tags(IEnumerable<KeyValuePair<string, MetricTagValue>> tags)
    {
        var same = Fingerprint.Empty;
        List<string>? index = null,
            instanceGuid = null;
        foreach (var (name, value) in tags)
        {
            switch (value.Dynamic)
            {
                case MetricTagValue.Types.DynamicValue.Index:
                    (index ??= []).Add(name);
                    break;
                case MetricTagValue.Types.DynamicValue.InstanceGuid:
                    (instanceGuid ??= []).Add(name);
                    break;
                default:
                    same += Fingerprint.Of(name, value.Static);
                    break;
            }
        }
        index?.Sort(StringComparer.Ordinal);
        instanceGuid?.Sort(StringComparer.Ordinal);
        return new DesiredTags(same, (IReadOnlyList<string>?)index ?? [], (IReadOnlyList<string>?)instanceGuid ?? []);
    }

    /// <summary>
    /// Fingerprint of the hostnames of the internal routes; null for any other content. The rep cannot read that either, so there is
    /// nothing to send it.
    /// </summary>
    private static Fingerprint? InternalRoutesOf(ProtoRoutes? routes)
    {
        if (routes is null || !routes.Routes.TryGetValue(RouteKeys.Internal, out var json))
            return Fingerprint.Empty;
        var names = InternalRoutes.Read(json);
        return names is { IsWellFormed: true, HasNameless: false } ? Fingerprint.OfSet(names.Hostnames) : null;
    }
}
