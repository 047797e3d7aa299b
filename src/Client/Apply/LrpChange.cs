using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;

namespace Scheduler.Client.Apply;

/// <summary>What makes an existing LRP what a document describes.</summary>
/// <param name="Update">What can change while its instances run; null if nothing of that kind differs.</param>
/// <param name="NeedsVersion">Whether its definition differs, which is fixed for the life of an LRP.</param>
/// <param name="Fields">The names of the fields in <paramref name="Update"/>.</param>
internal sealed record LrpChange(DesiredLRPUpdate? Update, bool NeedsVersion, IReadOnlyList<string> Fields)
{
    public bool IsNone => Update is null && !NeedsVersion;

    /// <param name="keepInstances">Whether the number of instances is not the document's business.</param>
    public static LrpChange Between(DesiredLRP current, DesiredLRP wanted, bool keepInstances)
    {
        var (update, fields) = (new DesiredLRPUpdate(), new List<string>());
        if (!keepInstances && current.Instances != wanted.Instances)
        {
            update.Instances = wanted.Instances;
            fields.Add("instances");
        }

        var routes = RoutesOf(current, wanted);
        if (!routes.Routes.Equals((current.Routes ?? new ProtoRoutes()).Routes))
        {
            update.Routes = routes;
            fields.Add("routes");
        }

        if (current.Annotation != wanted.Annotation)
        {
            update.Annotation = wanted.Annotation;
            fields.Add("annotation");
        }

        var tags = TagsOf(wanted);
        if (!tags.MetricTags.Equals(current.MetricTags))
        {
            update.MetricTags.Add(tags.MetricTags);
            fields.Add("metric tags");
        }

        if ((current.ImageUsername, current.ImagePassword) != (wanted.ImageUsername, wanted.ImagePassword))
        {
            (update.ImageUsername, update.ImagePassword) = (wanted.ImageUsername, wanted.ImagePassword);
            fields.Add("image credentials");
        }

        return new LrpChange(fields.Count > 0 ? update : null, !Definition(current).Equals(Definition(wanted)), fields);
    }

    /// <summary>The document's LRP, with the image credentials that there are if it has none, see <see cref="Credentials"/>.</summary>
    public static DesiredLRP WithCredentials(DesiredLRP current, DesiredLRP wanted)
    {
        if (!Credentials.Stay(current.RootFs, current.ImageUsername, wanted.RootFs, wanted.ImageUsername))
            return wanted;
        var complete = wanted.Clone();
        (complete.ImageUsername, complete.ImagePassword) = (current.ImageUsername, current.ImagePassword);
        return complete;
    }

    /// <summary>The routes to write: the document's, and of the current ones the groups that are not for routers.</summary>
    public static ProtoRoutes RoutesOf(DesiredLRP current, DesiredLRP wanted)
    {
        var routes = wanted.Routes?.Clone() ?? new ProtoRoutes();
        // A document that shows what lrp get printed has this group too, and it may be an old one.
        routes.Routes.Remove(RouteKeys.Versions);
        foreach (var (key, value) in (IEnumerable<KeyValuePair<string, ByteString>>?)current.Routes?.Routes ?? [])
        {
            if (key is not (RouteKeys.Http or RouteKeys.Internal))
                routes.Routes.TryAdd(key, value);
        }

        return routes;
    }

    /// <summary>What is fixed for the life of an LRP, without its name.</summary>
    public static DesiredLRP Definition(DesiredLRP lrp)
    {
        var definition = lrp.Clone();
        (definition.ProcessGuid, definition.Annotation, definition.ImageUsername, definition.ImagePassword) = ("", "", "", "");
        (definition.Instances, definition.Routes, definition.ModificationTag) = (0, null, null);
        definition.MetricTags.Clear();
#pragma warning disable CS0612 // The server derives it from a metric tag.
        definition.MetricsGuid = "";
#pragma warning restore CS0612
        return definition;
    }

    // The server keeps the two in step.
    private static DesiredLRP TagsOf(DesiredLRP lrp)
    {
        var tags = new DesiredLRP { MetricTags = { lrp.MetricTags } };
#pragma warning disable CS0612 // Older clients set this field instead of the tag.
        if (lrp.MetricsGuid.Length > 0)
            tags.MetricTags.TryAdd("source_id", new MetricTagValue { Static = lrp.MetricsGuid });
#pragma warning restore CS0612
        return tags;
    }
}
