using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Converger.Rules;
using Scheduler.Models;

namespace Scheduler.Converger.Picture;

/// <summary>Takes from contract messages what the rules look at.</summary>
internal static class ContractReader
{
    private const string InternalRouterKey = "internal-router";

    public static DesiredSeen Read(DesiredLRP lrp) => new(
        lrp.ProcessGuid,
        lrp.Domain,
        lrp.Instances,
        InternalRoutes(lrp.Routes),
        Tags(lrp.MetricTags));

    public static ActualSeen Read(ActualLRP row) => new(
        Key(row.ActualLrpKey),
        row.ActualLrpKey.Domain,
        (LrpPresence)row.Presence,
        ActualLrpStateNames.Parse(row.State),
        Instance(row.ActualLrpInstanceKey),
        UnixNanos.ToTime(row.Since),
        row.CrashCount,
        Tag(row.ModificationTag),
        Hostnames(row.ActualLrpInternalRoutes),
        Fingerprint.OfPairs(row.MetricTags));

    public static ActualSeen ReadAfter(ActualLRPInstanceChangedEvent change)
    {
        Required(change.After, "after");
        var state = ActualLrpStateNames.Parse(change.After.State);
        return new ActualSeen(
            Key(change.ActualLrpKey),
            change.ActualLrpKey.Domain,
            (LrpPresence)change.After.Presence,
            state,
            // The event names the instance that it is about, also when that instance has just left the row.
            state is ActualLrpState.Claimed or ActualLrpState.Running ? Instance(change.ActualLrpInstanceKey) : NoInstance,
            UnixNanos.ToTime(change.After.Since),
            change.After.CrashCount,
            Tag(change.After.ModificationTag),
            Hostnames(change.ActualLrpInternalRoutes),
            Fingerprint.OfPairs(change.MetricTags));
    }

    public static TaskSeen Read(OneOffTask task) => new(
        task.TaskGuid,
        (OneOffTaskState)task.State,
        new CellId(task.CellId),
        UnixNanos.ToTime(task.CreatedAt),
        UnixNanos.ToTime(task.FirstCompletedAt),
        task.UpdatedAt,
        !string.IsNullOrEmpty(task.TaskDefinition?.CompletionCallbackUrl));

    /// <exception cref="FormatException">The message has no key.</exception>
    public static LrpKey Key(ActualLRPKey? key)
    {
        Required(key, "actual_lrp_key");
        return new LrpKey(key.ProcessGuid, key.Index);
    }

    /// <exception cref="FormatException">The message is absent.</exception>
    public static T Required<T>([NotNull] T? part, string name)
        where T : class =>
        part ?? throw new FormatException($"{name} is missing");

    private static readonly InstanceKey NoInstance = new("", new CellId(""));

    private static InstanceKey Instance(ActualLRPInstanceKey? key) =>
        key is null ? NoInstance : new InstanceKey(key.InstanceGuid, new CellId(key.CellId));

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
        List<string>? index = null, instanceGuid = null;
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

    /// <summary>The hostnames under <c>internal-router</c>, a JSON array of <c>{"hostname":"…"}</c>; null when it is something else.</summary>
    private static Fingerprint? InternalRoutes(ProtoRoutes? routes)
    {
        if (routes is null || !routes.Routes.TryGetValue(InternalRouterKey, out var json))
            return Fingerprint.Empty;
        try
        {
            return Read(json);
        }
        catch (JsonException)
        {
            // Routes are the client's text. The rep cannot read them either, so there is nothing to tell it.
            return null;
        }
    }

    private static Fingerprint? Read(ByteString json)
    {
        using var document = JsonDocument.Parse(json.Memory);
        if (document.RootElement.ValueKind == JsonValueKind.Null)
            return Fingerprint.Empty;
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            return null;
        var sum = Fingerprint.Empty;
        foreach (var route in document.RootElement.EnumerateArray())
        {
            if (route.ValueKind != JsonValueKind.Object || !route.TryGetProperty("hostname", out var hostname)
                || hostname.ValueKind != JsonValueKind.String)
                return null;
            sum += Fingerprint.Of(hostname.GetString());
        }
        return sum;
    }
}
