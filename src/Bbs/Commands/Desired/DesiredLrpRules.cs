using Scheduler.Contracts.Work;

namespace Scheduler.Bbs.Commands.Desired;

/// <summary>Values derived from the fields of a desired LRP.</summary>
internal static class DesiredLrpRules
{
    private const string SourceId = "source_id";

    /// <summary><c>metrics_guid</c> and the tag <c>source_id</c> mean the same; if one is missing, it is copied from the other.</summary>
    public static void KeepSourceIdInStep(DesiredLRP lrp)
    {
#pragma warning disable CS0612 // metrics_guid is deprecated for clients; the two are kept in step for those that still read it.
        if (lrp.MetricTags.TryGetValue(SourceId, out var tag))
        {
            if (lrp.MetricsGuid.Length == 0)
                lrp.MetricsGuid = tag.Static;
        }
        else if (lrp.MetricsGuid.Length > 0)
        {
            lrp.MetricTags.Add(SourceId, new MetricTagValue { Static = lrp.MetricsGuid });
        }
#pragma warning restore CS0612
    }

    /// <summary>The metric tags of one instance, with dynamic values resolved.</summary>
    public static Dictionary<string, string> MetricTagsOf(DesiredLRP lrp, int index, string instanceGuid)
    {
        var tags = new Dictionary<string, string>(lrp.MetricTags.Count, StringComparer.Ordinal);
        foreach (var (name, value) in lrp.MetricTags)
        {
            tags[name] = value.Dynamic switch
            {
                MetricTagValue.Types.DynamicValue.Index => index.ToString(System.Globalization.CultureInfo.InvariantCulture),
                MetricTagValue.Types.DynamicValue.InstanceGuid => instanceGuid,
                _ => value.Static,
            };
        }
        return tags;
    }

    /// <summary>Whether reps must be notified of the change: they publish internal routes and metric tags themselves.</summary>
    public static bool InstancesNeedUpdate(DesiredLRP before, DesiredLRP after) =>
        !before.MetricTags.Equals(after.MetricTags) || !InternalRoutes.AreSame(before, after);
}
