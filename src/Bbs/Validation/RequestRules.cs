using Google.Protobuf;

namespace Scheduler.Bbs.Validation;

/// <summary>
/// Validates requests from clients. Each method throws InvalidRequest with all violations: first those of the general field rules, then
/// those of the request's own rules.
/// </summary>
internal sealed partial class RequestRules(RequestLimits limits)
{
    // A quarter of a second's work of the commit loop; a cell sends at most half as many.
    private const int MaxBatch = 1_000;

    /// <summary>Only the number of changes: each is checked and refused on its own.</summary>
    public void CheckCount(ApplyChangesRequest request)
    {
        if (request.Changes.Count > MaxBatch)
            throw DomainError.Invalid("changes", $"must be at most {MaxBatch}").ToException();
    }

    public void Check(DesireLRPRequest request)
    {
        var violations = FieldsOf(request);
        DesiredLrpValidation.Check(request.DesiredLrp, limits, violations);
        violations.ThrowIfAny();
    }

    public void Check(UpdateDesiredLRPRequest request)
    {
        var violations = FieldsOf(request);
        violations.NotEmpty(request.ProcessGuid, "process_guid");
        DesiredLrpValidation.Check(request.Update, limits, violations);
        violations.ThrowIfAny();
    }

    public void Check(RemoveDesiredLRPRequest request) => CheckName(request, request.ProcessGuid, "process_guid");

    public void Check(GetDesiredLRPRequest request) => CheckName(request, request.ProcessGuid, "process_guid");

    public void Check(ListDesiredLRPsRequest request) => FieldsOf(request).ThrowIfAny();

    public void Check(ListActualLRPsRequest request)
    {
        var violations = FieldsOf(request);
        if (request.HasIndex)
            violations.AtLeastZero(request.Index, "index");
        violations.ThrowIfAny();
    }

    public void Check(ListTasksRequest request) => FieldsOf(request).ThrowIfAny();

    public void Check(FollowRequest request) => FieldsOf(request).ThrowIfAny();

    public void Check(DesireTaskRequest request)
    {
        var violations = FieldsOf(request);
        violations.ContainerName(request.TaskGuid, "task_guid");
        violations.NotEmpty(request.Domain, "domain");
        if (violations.Present(request.TaskDefinition, "task_definition"))
            CheckDefinition(request.TaskDefinition, violations);
        violations.ThrowIfAny();
    }

    public void Check(GetTaskRequest request) => CheckName(request, request.TaskGuid, "task_guid");

    public void Check(CancelTaskRequest request) => CheckName(request, request.TaskGuid, "task_guid");

    public void Check(ResolveTaskRequest request) => CheckName(request, request.TaskGuid, "task_guid");

    public void Check(DeleteTaskRequest request) => CheckName(request, request.TaskGuid, "task_guid");

    public void Check(UpsertDomainRequest request) => CheckName(request, request.Domain, "domain");

    private static Violations FieldsOf(IMessage request)
    {
        var violations = new Violations();
        violations.Fields(request);
        return violations;
    }

    private void CheckDefinition(TaskDefinition task, Violations violations)
    {
        PartRules.RootFs(task.RootFs, "task_definition.root_fs", violations);
        ActionRules.Check(task.Action, "task_definition.action", violations);
        PartRules.Megabytes(task.MemoryMb, "task_definition.memory_mb", violations);
        PartRules.Megabytes(task.DiskMb, "task_definition.disk_mb", violations);
        violations.AtLeastZero(task.MaxPids, "task_definition.max_pids");
        PartRules.Capabilities(task.Capabilities, "task_definition.capabilities", violations);
        PartRules.Stop(task.StopSignal, task.GracePeriodMs, "task_definition.", violations);
        PartRules.LogRate(task.LogRateLimit, "task_definition.log_rate_limit", violations);
        PartRules.Egress(task.EgressRules, "task_definition.egress_rules", violations);
        PartRules.Network(task.Network, "task_definition.network", violations);
        PartRules.Dependencies(task.CachedDependencies, "task_definition.cached_dependencies", violations);
        PartRules.VolumeMounts(task.VolumeMounts, "task_definition.volume_mounts", violations);
#pragma warning disable CS0612 // The field is deprecated, and still what an exclusive layer needs.
        PartRules.Layers(
            task.ImageLayers,
            task.LegacyDownloadUser,
            "task_definition.image_layers",
            "task_definition.legacy_download_user",
            violations
        );
#pragma warning restore CS0612
        PartRules.PullPolicy(task.ImagePullPolicy, "task_definition.image_pull_policy", violations);
        PartRules.ImageCredentials(task.ImageUsername, task.ImagePassword, "task_definition.", violations);
        if (task.CompletionCallbackUrl.Length > 0)
            violations.Require(
                ActionRules.IsHttp(task.CompletionCallbackUrl),
                "task_definition.completion_callback_url",
                "must be an http or https URL"
            );
        DesiredLrpValidation.Size(task.CalculateSize(), limits.MaxDefinitionBytes, "task_definition", violations);
    }

    private static void CheckName(IMessage request, string value, string field)
    {
        var violations = FieldsOf(request);
        violations.NotEmpty(value, field);
        violations.ThrowIfAny();
    }
}
