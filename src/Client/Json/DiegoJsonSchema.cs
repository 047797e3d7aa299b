using Google.Protobuf.Reflection;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Json;

/// <summary>
/// How the JSON of Diego's tools differs from the messages: other keys, keys omitted when empty, and messages whose fields are inlined into
/// the parent.
/// </summary>
internal static class DiegoJsonSchema
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["DesiredLRP.root_fs"] = "rootfs",
        ["DesiredLRP.environment_variables"] = "env",
        ["DesiredLRP.deprecated_start_timeout_s"] = "deprecated_timeout_ns",
        ["DesiredLRP.PlacementTags"] = "placement_tags",
        ["DesiredLRPResource.root_fs"] = "rootfs",
        ["DesiredLRPSchedulingInfo.PlacementTags"] = "placement_tags",
        ["TaskDefinition.root_fs"] = "rootfs",
        ["TaskDefinition.environment_variables"] = "env",
        ["TimeoutAction.deprecated_timeout_ns"] = "timeout",
        ["CellPresence.rootfs_providers"] = "rootfs_provider_list",
        ["Action.download_action"] = "download",
        ["Action.upload_action"] = "upload",
        ["Action.run_action"] = "run",
        ["Action.timeout_action"] = "timeout",
        ["Action.emit_progress_action"] = "emit_progress",
        ["Action.try_action"] = "try",
        ["Action.parallel_action"] = "parallel",
        ["Action.serial_action"] = "serial",
        ["Action.codependent_action"] = "codependent",
    };

    private static readonly HashSet<string> Flattened = new(StringComparer.Ordinal)
    {
        "ActualLRP.actual_lrp_key",
        "ActualLRP.actual_lrp_instance_key",
        "ActualLRP.actual_lrp_net_info",
        "ActualLRPInfo.actual_lrp_net_info",
        "ActualLRPInstanceChangedEvent.actual_lrp_key",
        "ActualLRPInstanceChangedEvent.actual_lrp_instance_key",
        "ActualLRPCrashedEvent.actual_lrp_key",
        "ActualLRPCrashedEvent.actual_lrp_instance_key",
        "DesiredLRPSchedulingInfo.desired_lrp_key",
        "DesiredLRPSchedulingInfo.desired_lrp_resource",
        "DesiredLRPSchedulingInfo.modification_tag",
        "Task.task_definition",
    };

    // Fields that are printed even when empty, by message. For messages not listed, empty fields are omitted.
    private static readonly Dictionary<string, string[]> Printed = new(StringComparer.Ordinal)
    {
        ["ActualLRP"] = ["crash_count", "state", "since", "modification_tag", "presence", "availability_zone"],
        ["ActualLRPInfo"] = ["crash_count", "state", "since", "modification_tag", "presence", "availability_zone"],
        ["ActualLRPKey"] = ["process_guid", "index", "domain"],
        ["ActualLRPInstanceKey"] = ["instance_guid", "cell_id"],
        ["ActualLRPNetInfo"] = ["address", "ports", "preferred_address"],
        ["PortMapping"] = ["container_port", "host_port", "container_tls_proxy_port", "host_tls_proxy_port"],
        ["ActualLRPInternalRoute"] = ["hostname"],
        ["ModificationTag"] = ["epoch", "index"],
        ["ExplainResponse"] = ["guid", "index", "is_task", "cell_id", "last"],
        ["PlacementDecision"] = ["decided_at", "cell_id", "score", "placement_error", "reauctions", "last_refusal"],
        ["PlacementExplanation"] = ["cell_id", "score", "placement_error", "rules", "feasible", "bids"],
        ["RuleVerdict"] = ["rule", "turned_away", "considered", "nearest_miss"],
        ["CellBid"] = ["cell_id", "zone", "zone_instances", "score", "resource", "starting", "locality", "index"],
        ["PlanPlacementResponse"] = ["placements", "summaries", "cells", "usable_cells"],
        ["PlannedPlacement"] = ["guid", "index", "is_task", "cell_id", "score", "placement_error"],
        ["PlanSummary"] = ["guid", "is_task", "placed", "not_placed", "headroom"],
        ["DesiredLRP"] =
        [
            "process_guid",
            "domain",
            "root_fs",
            "instances",
            "environment_variables",
            "disk_mb",
            "memory_mb",
            "cpu_weight",
            "privileged",
            "log_source",
            "log_guid",
            "metrics_guid",
            "annotation",
            "start_timeout_ms",
            "max_pids",
            "volume_mounted_files",
            "update_strategy",
        ],
        ["DesiredLRPKey"] = ["process_guid", "domain", "log_guid"],
        ["DesiredLRPResource"] = ["memory_mb", "disk_mb", "root_fs", "max_pids"],
        ["DesiredLRPSchedulingInfo"] = ["annotation", "instances", "routes"],
        ["VolumePlacement"] = ["driver_names"],
        ["Task"] =
        [
            "task_guid",
            "domain",
            "created_at",
            "updated_at",
            "first_completed_at",
            "state",
            "cell_id",
            "result",
            "failed",
            "failure_reason",
            "rejection_count",
            "rejection_reason",
        ],
        ["TaskDefinition"] =
        [
            "root_fs",
            "disk_mb",
            "memory_mb",
            "cpu_weight",
            "privileged",
            "log_source",
            "log_guid",
            "metrics_guid",
            "result_file",
            "max_pids",
            "image_username",
            "image_password",
            "volume_mounted_files",
        ],
        ["EnvironmentVariable"] = ["name", "value"],
        ["SecurityGroupRule"] = ["log"],
        ["PortRange"] = ["start", "end"],
        ["ICMPInfo"] = ["type", "code"],
        ["CachedDependency"] = ["name", "from", "to", "cache_key", "log_source"],
        ["ImageLayer"] = ["url", "destination_path", "layer_type", "media_type"],
        ["VolumeMount"] = ["driver", "container_dir", "mode", "shared", "dedicated"],
        ["SharedDevice"] = ["volume_id", "mount_config"],
        ["DedicatedDevice"] = ["mounter_id", "mount_config", "device_config"],
        ["Sidecar"] = ["disk_mb", "memory_mb"],
        ["File"] = ["path", "content"],
        ["CheckDefinition"] = ["log_source"],
        ["TCPCheck"] = ["port"],
        ["HTTPCheck"] = ["port", "path"],
        ["DownloadAction"] = ["from", "to", "cache_key", "user"],
        ["UploadAction"] = ["from", "to", "user"],
        ["RunAction"] = ["path", "user", "suppress_log_output", "volume_mounted_files"],
        ["TimeoutAction"] = ["timeout_ms"],
        ["EmitProgressAction"] = ["start_message", "success_message", "failure_message_prefix"],
        ["CellPresence"] = ["cell_id", "rep_address", "zone", "capacity", "rootfs_providers", "rep_url", "annotations"],
        ["CellCapacity"] = ["memory_mb", "disk_mb", "containers"],
        ["Provider"] = ["name"],
        ["ActualLRPCrashedEvent"] = ["crash_count", "since"],
        ["DomainFreshness"] = ["domain", "expires_at"],
        ["DomainFreshEvent"] = ["domain", "expires_at"],
        ["DomainExpiredEvent"] = ["domain"],
        ["CellDisappearedEvent"] = ["withdrawn"],
        ["AbsentCell"] = ["cell_id", "standing", "since", "verdict"],
        ["CellAbsenceEndedEvent"] = ["returned"],
        ["CellLoss"] = ["mode", "since", "unheard", "kept", "present", "given_up"],
    };

    public static string Name(FieldDescriptor field) => Names.TryGetValue(Key(field), out var name) ? name : field.Name;

    public static bool IsFlattened(FieldDescriptor field) => Flattened.Contains(Key(field));

    public static bool IsPrintedWhenEmpty(FieldDescriptor field) =>
        Printed.TryGetValue(field.ContainingType.Name, out var fields) && Array.IndexOf(fields, field.Name) >= 0;

    /// <summary>The readiness of an instance is a separate object, whose key differs between rows and events.</summary>
    public static bool IsRoutable(FieldDescriptor field) =>
        field.Name is "routable" or "Routable" && field.ContainingType.Name is nameof(ActualLRP) or nameof(ActualLRPInfo);

    /// <summary>Printed as a number, although other enumerations print their names.</summary>
    public static bool IsNumberedEnum(FieldDescriptor field) => field.Name == "update_strategy";

    private static string Key(FieldDescriptor field) => $"{field.ContainingType.Name}.{field.Name}";
}
