using Google.Protobuf;
using Google.Protobuf.Collections;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Models;
using Scheduler.Rep.Journal;

namespace Scheduler.Rep.Runs;

/// <summary>The work to run in one container: the common parts of a desired LRP and a task.</summary>
internal sealed class WorkDefinition
{
    private const string DefaultLogSource = "LOG";

    private WorkDefinition(JournalEntry entry, DesiredLRP? lrp, TaskDefinition? task)
    {
        (Entry, Lrp) = (entry, lrp);
        var layers = lrp?.ImageLayers ?? task?.ImageLayers ?? [];
#pragma warning disable CS0612 // Deprecated, and still what an exclusive layer needs.
        Setup = LayerActions.Before(lrp?.Setup, lrp?.ImageLayers ?? [], lrp?.LegacyDownloadUser ?? "");
        Action = lrp?.Action ?? LayerActions.Before(task?.Action, layers, task?.LegacyDownloadUser ?? "") ?? new LrpAction();
#pragma warning restore CS0612
        RootFs = lrp?.RootFs ?? task?.RootFs ?? "";
        if (First(lrp?.ImageUsername, task?.ImageUsername) is { Length: > 0 } user)
            ImageCredentials = new Runtime.RegistryCredentials(user, First(lrp?.ImagePassword, task?.ImagePassword));
        Environment = lrp?.EnvironmentVariables ?? task?.EnvironmentVariables ?? [];
        LogSource = First(lrp?.LogSource, task?.LogSource, DefaultLogSource);
        // A task's weight may be 0; an LRP always gets a minimal share.
        CpuWeight = lrp is not null ? Math.Max(1, lrp.CpuWeight) : task?.CpuWeight ?? 0;
        Privileged = lrp?.Privileged ?? task?.Privileged ?? false;
        Capabilities = [.. (lrp?.Capabilities ?? task?.Capabilities ?? []).Distinct().Order(StringComparer.Ordinal)];
        DiskMb = lrp?.DiskMb ?? task?.DiskMb ?? 0;
        MaxPids = lrp?.MaxPids ?? task?.MaxPids ?? 0;
        Ports = [.. (lrp?.Ports ?? []).Distinct().Select(port => (int)port)];
        CachedDependencies = [.. lrp?.CachedDependencies ?? task?.CachedDependencies ?? [], .. LayerActions.Dependencies(layers)];
        VolumeMounts = lrp?.VolumeMounts ?? task?.VolumeMounts ?? [];
        Files = lrp?.VolumeMountedFiles ?? task?.VolumeMountedFiles ?? [];
        SystemCertificatesPath = lrp?.TrustedSystemCertificatesPath ?? task?.TrustedSystemCertificatesPath ?? "";
        EgressRules = lrp?.EgressRules ?? task?.EgressRules ?? [];
        CertificateUnits =
        [
            .. ((lrp is not null ? lrp.CertificateProperties : task?.CertificateProperties)?.OrganizationalUnit ?? []).Where(unit =>
                unit.Length > 0
            ),
        ];
        Network = lrp?.Network ?? task?.Network;
        PullPolicy = ImagePullPolicies.Parse(lrp?.ImagePullPolicy ?? task?.ImagePullPolicy ?? "");
        StopSignal = lrp?.StopSignal ?? task?.StopSignal ?? "";
        GracePeriod = TimeSpan.FromMilliseconds((double)Math.Max(0, lrp?.GracePeriodMs ?? task?.GracePeriodMs ?? 0));
        HasHttpRoutes = lrp?.Routes is not null && lrp.Routes.Routes.ContainsKey(RouteKeys.Http);
        ResultFile = task?.ResultFile ?? "";
        LogBytesPerSecond = (lrp is not null ? lrp.LogRateLimit : task?.LogRateLimit)?.BytesPerSecond ?? -1;
        DesiredTags = Resolve(lrp?.MetricTags ?? task?.MetricTags ?? [], entry);
        DesiredInternalRoutes = lrp is null ? [] : InternalRoutes.HostnamesOf(lrp);
    }

    public JournalEntry Entry { get; }

    /// <summary>Null for a task.</summary>
    public DesiredLRP? Lrp { get; }

    /// <summary>Null: nothing comes before the action.</summary>
    public LrpAction? Setup { get; }

    public LrpAction Action { get; }

    public string RootFs { get; }

    /// <summary>Null: the work has none of its own.</summary>
    public Runtime.RegistryCredentials? ImageCredentials { get; }

    /// <summary>Null: the cell's.</summary>
    public ImagePullPolicy? PullPolicy { get; }

    public RepeatedField<EnvironmentVariable> Environment { get; }

    public string LogSource { get; }

    public uint CpuWeight { get; }

    public bool Privileged { get; }

    /// <summary>In addition to those that root has in every container.</summary>
    public IReadOnlyList<string> Capabilities { get; }

    public int DiskMb { get; }

    public int MaxPids { get; }

    public IReadOnlyList<int> Ports { get; }

    public IReadOnlyList<CachedDependency> CachedDependencies { get; }

    public RepeatedField<VolumeMount> VolumeMounts { get; }

    public RepeatedField<MountedFile> Files { get; }

    /// <summary>Directory in the container for the certificates that the cell trusts; empty: it wants none.</summary>
    public string SystemCertificatesPath { get; }

    public RepeatedField<SecurityGroupRule> EgressRules { get; }

    /// <summary>Organizational units in the container's certificate.</summary>
    public IReadOnlyList<string> CertificateUnits { get; }

    public Network? Network { get; }

    /// <summary>Empty: the image's stop signal.</summary>
    public string StopSignal { get; }

    /// <summary>Zero: the cell's grace period.</summary>
    public TimeSpan GracePeriod { get; }

    /// <summary>Whether routers send requests to it.</summary>
    public bool HasHttpRoutes { get; }

    /// <summary>Empty: the task has no result.</summary>
    public string ResultFile { get; }

    /// <summary>−1: unlimited.</summary>
    public long LogBytesPerSecond { get; }

    public IReadOnlyDictionary<string, string> DesiredTags { get; }

    public IReadOnlyList<string> DesiredInternalRoutes { get; }

    /// <exception cref="InvalidProtocolBufferException">The journal does not hold a valid message.</exception>
    public static WorkDefinition Of(JournalEntry entry) =>
        entry.IsTask
            ? new WorkDefinition(entry, null, OneOffTask.Parser.ParseFrom(entry.Work).TaskDefinition ?? new TaskDefinition())
            : new WorkDefinition(entry, DesiredLRP.Parser.ParseFrom(entry.Work), null);

    private static Dictionary<string, string> Resolve(MapField<string, MetricTagValue> tags, JournalEntry entry) =>
        tags.ToDictionary(
            tag => tag.Key,
            tag =>
                tag.Value.Dynamic switch
                {
                    MetricTagValue.Types.DynamicValue.Index => entry.Index.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    MetricTagValue.Types.DynamicValue.InstanceGuid => entry.ContainerGuid,
                    _ => tag.Value.Static,
                }
        );

    private static string First(params ReadOnlySpan<string?> names)
    {
        foreach (var name in names)
        {
            if (!string.IsNullOrEmpty(name))
                return name;
        }

        return "";
    }
}
