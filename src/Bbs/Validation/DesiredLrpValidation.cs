using System.Text;

namespace Scheduler.Bbs.Validation;

/// <summary>Validates a desired LRP and its update: Diego's rules, plus rules against values that Diego stores and then fails on.</summary>
internal static class DesiredLrpValidation
{
    private const int RoutesLimit = 131_072;
    private const int FilesLimit = 1_048_576;
    private const string SourceId = "source_id";

    public static void Check(DesiredLRP? lrp, RequestLimits limits, Violations violations)
    {
        if (!violations.Present(lrp, "desired_lrp"))
            return;
        violations.Guid(lrp!.ProcessGuid, "desired_lrp.process_guid");
        violations.NotEmpty(lrp.Domain, "desired_lrp.domain");
        PartRules.RootFs(lrp.RootFs, "desired_lrp.root_fs", violations);
        Instances(lrp.Instances, limits, "desired_lrp.instances", violations);
        Resources(lrp, violations);
        Routes(lrp.Routes, "desired_lrp.routes", violations);
        Ports(lrp, violations);
        Tags(lrp, violations);
        ActionRules.Check(lrp.Action, "desired_lrp.action", violations);
        if (lrp.Setup is not null)
            ActionRules.Check(lrp.Setup, "desired_lrp.setup", violations);
        if (lrp.Monitor is not null)
            ActionRules.Check(lrp.Monitor, "desired_lrp.monitor", violations);
        PartRules.Environment(lrp.EnvironmentVariables, "desired_lrp.environment_variables", violations);
        PartRules.Egress(lrp.EgressRules, "desired_lrp.egress_rules", violations);
        PartRules.Network(lrp.Network, "desired_lrp.network", violations);
        PartRules.Dependencies(lrp.CachedDependencies, "desired_lrp.cached_dependencies", violations);
#pragma warning disable CS0612 // The field is deprecated, and still what an exclusive layer needs.
        PartRules.Layers(
            lrp.ImageLayers,
            lrp.LegacyDownloadUser,
            "desired_lrp.image_layers",
            "desired_lrp.legacy_download_user",
            violations
        );
#pragma warning restore CS0612
        PartRules.VolumeMounts(lrp.VolumeMounts, "desired_lrp.volume_mounts", violations);
        PartRules.Checks(lrp.CheckDefinition, "desired_lrp.check_definition", violations);
        PartRules.ImageCredentials(lrp.ImageUsername, lrp.ImagePassword, "desired_lrp.", violations);
        PartRules.PullPolicy(lrp.ImagePullPolicy, "desired_lrp.image_pull_policy", violations);
        PartRules.Capabilities(lrp.Capabilities, "desired_lrp.capabilities", violations);
        PartRules.Stop(lrp.StopSignal, lrp.GracePeriodMs, "desired_lrp.", violations);
        PartRules.LogRate(lrp.LogRateLimit, "desired_lrp.log_rate_limit", violations);
        violations.AtLeastZero(lrp.StartTimeoutMs, "desired_lrp.start_timeout_ms");
        Files(lrp, violations);
        Size(lrp.CalculateSize(), limits.MaxDefinitionBytes, "desired_lrp", violations);
    }

    public static void Check(DesiredLRPUpdate? update, RequestLimits limits, Violations violations)
    {
        if (update is null)
            return;
        if (update.HasInstances)
            Instances(update.Instances, limits, "update.instances", violations);
        Routes(update.Routes, "update.routes", violations);
        PartRules.MetricTags(update.MetricTags, "update.metric_tags", violations);
        if (update.HasImageUsername != update.HasImagePassword)
        {
            violations.Add(
                update.HasImageUsername ? "update.image_password" : "update.image_username",
                $"must be set together with {(update.HasImageUsername ? "image_username" : "image_password")}"
            );
        }
        else
        {
            PartRules.ImageCredentials(update.ImageUsername, update.ImagePassword, "update.", violations);
        }
    }

    public static void Size(int bytes, int limit, string field, Violations violations) =>
        violations.Require(bytes <= limit, field, $"must be at most {limit} bytes when serialized, and is {bytes}");

    private static void Instances(int instances, RequestLimits limits, string field, Violations violations)
    {
        violations.AtLeastZero(instances, field);
        violations.Require(instances <= limits.MaxInstances, field, $"must be at most {limits.MaxInstances}");
    }

    private static void Resources(DesiredLRP lrp, Violations violations)
    {
        PartRules.Megabytes(lrp.MemoryMb, "desired_lrp.memory_mb", violations);
        PartRules.Megabytes(lrp.DiskMb, "desired_lrp.disk_mb", violations);
        violations.AtLeastZero(lrp.MaxPids, "desired_lrp.max_pids");
        long memory = lrp.MemoryMb,
            disk = lrp.DiskMb;
        for (var i = 0; i < lrp.Sidecars.Count; i++)
        {
            var sidecar = lrp.Sidecars[i];
            ActionRules.Check(sidecar.Action, $"desired_lrp.sidecars[{i}].action", violations);
            violations.AtLeastZero(sidecar.MemoryMb, $"desired_lrp.sidecars[{i}].memory_mb");
            violations.AtLeastZero(sidecar.DiskMb, $"desired_lrp.sidecars[{i}].disk_mb");
            memory += sidecar.MemoryMb;
            disk += sidecar.DiskMb;
        }
        if (lrp.Sidecars.Count == 0)
            return;
        violations.Require(
            memory <= PartRules.MaxMegabytes,
            "desired_lrp.sidecars",
            $"must need at most {PartRules.MaxMegabytes} MB of memory in total, including memory_mb"
        );
        violations.Require(
            disk <= PartRules.MaxMegabytes,
            "desired_lrp.sidecars",
            $"must need at most {PartRules.MaxMegabytes} MB of disk in total, including disk_mb"
        );
    }

    private static void Routes(ProtoRoutes? routes, string field, Violations violations)
    {
        if (routes is null)
            return;
        var bytes = 0L;
        foreach (var value in routes.Routes.Values)
            bytes += value.Length;
        violations.Require(bytes <= RoutesLimit, field, $"must be at most {RoutesLimit} bytes in total, and is {bytes}");
    }

    private static void Ports(DesiredLRP lrp, Violations violations)
    {
        var seen = new HashSet<uint>();
        for (var i = 0; i < lrp.Ports.Count; i++)
        {
            var port = lrp.Ports[i];
            violations.Require(port is >= 1 and <= 65_535, $"desired_lrp.ports[{i}]", "must be from 1 to 65535");
            violations.Require(seen.Add(port), $"desired_lrp.ports[{i}]", $"must not repeat port {port}");
        }
    }

    private static void Tags(DesiredLRP lrp, Violations violations)
    {
        violations.Require(lrp.MetricTags.Count > 0, "desired_lrp.metric_tags", "must have at least one tag, such as source_id");
        PartRules.MetricTags(lrp.MetricTags, "desired_lrp.metric_tags", violations);
#pragma warning disable CS0612 // metrics_guid is deprecated, and bound to the tag that replaced it.
        if (lrp.MetricsGuid.Length == 0)
            return;
        violations.Require(
            lrp.MetricTags.TryGetValue(SourceId, out var source) && source.Static == lrp.MetricsGuid,
            "desired_lrp.metric_tags[source_id]",
            "must equal metrics_guid"
        );
#pragma warning restore CS0612
    }

    private static void Files(DesiredLRP lrp, Violations violations)
    {
        var bytes = 0L;
        foreach (var file in lrp.VolumeMountedFiles)
            bytes += Encoding.UTF8.GetByteCount(file.Content);
        violations.Require(
            bytes <= FilesLimit,
            "desired_lrp.volume_mounted_files",
            $"must be at most {FilesLimit} bytes in total, and is {bytes}"
        );
    }
}
