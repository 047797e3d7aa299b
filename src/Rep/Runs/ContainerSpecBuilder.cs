using System.Globalization;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Runs;

/// <summary>
/// Builds the container specification for work. The same work and mounts give the same specification, which makes creation
/// repeatable.
/// </summary>
internal static class ContainerSpecBuilder
{
    private static readonly string[] Unkept = ["/dev", "/proc", "/sys"];

    /// <param name="ofCell">Environment that the cell adds, which the work cannot override.</param>
    public static ContainerSpec Build(
        WorkDefinition work,
        IReadOnlyList<BindMount> mounts,
        IReadOnlyList<Runtime.EnvironmentVariable> ofCell,
        RepOptions options
    ) =>
        new()
        {
            Handle = work.Entry.ContainerGuid,
            RootFs = work.RootFs,
            ImageCredentials = work.ImageCredentials,
            PullPolicy = work.PullPolicy,
            Limits = new ContainerLimits
            {
                MemoryMb = work.Entry.Demand.MemoryMb > 0 ? work.Entry.Demand.MemoryMb : options.DefaultMemoryMb,
                DiskMb = work.DiskMb,
                MaxPids = work.MaxPids > 0 ? work.MaxPids : options.DefaultMaxPids,
                CpuShares = (int)((long)options.MaxCpuShares * Math.Min(work.CpuWeight, 100) / 100),
            },
            Environment = [.. InstanceEnvironment.OfContainer(work), .. ofCell],
            Mounts = mounts,
            Ports = work.Ports,
            Privileged = work.Privileged,
            Capabilities = work.Capabilities,
            Egress = work.EgressRules.Count > 0 ? [.. work.EgressRules.Select(Egress)] : null,
            Properties = Properties(work),
            MainProcess = MainProcess(work, mounts),
        };

    /// <summary>
    /// The process of work that runs one process from beginning to end. Health checks over the network need no process in the container; a
    /// monitor action does, possibly after the main process has left a daemon behind and ended.
    /// </summary>
    private static string? MainProcess(WorkDefinition work, IReadOnlyList<BindMount> mounts)
    {
        if (work.Lrp is { } lrp && (lrp.Setup is not null || lrp.Sidecars.Count > 0 || lrp is { Monitor: not null, CheckDefinition: null }))
            return null;
        // After the main process the runtime can read files of the root filesystem only.
        var unkept = Unkept.Concat(mounts.Select(mount => mount.Destination));
        if (work.ResultFile.Length > 0 && unkept.Any(mount => work.ResultFile.StartsWith(mount, StringComparison.Ordinal)))
            return null;
        return StepBuilder.OnlyProcess(work.Action, StepBuilder.ActionPath);
    }

    private static EgressRule Egress(SecurityGroupRule rule) =>
        new(rule.Protocol, [.. rule.Destinations])
        {
            Ports = [.. rule.Ports.Select(port => (int)port)],
            PortRange = rule.PortRange is { } range ? new PortSpan((int)range.Start, (int)range.End) : null,
            Icmp = rule.IcmpInfo is { } icmp ? new IcmpKind(icmp.Type, icmp.Code) : null,
            Log = rule.Log,
        };

    /// <summary>Properties that identify the container if the journal is lost, and for people who inspect the machine.</summary>
    private static SortedDictionary<string, string> Properties(WorkDefinition work)
    {
        var entry = work.Entry;
        var properties = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [WorkProperties.Owner] = WorkProperties.OwnedByRep,
            [WorkProperties.Domain] = entry.Domain,
            [WorkProperties.Kind] = entry.IsTask ? WorkProperties.Task : WorkProperties.Lrp,
            [WorkProperties.MemoryMb] = entry.Demand.MemoryMb.ToString(CultureInfo.InvariantCulture),
            [WorkProperties.Work] = Convert.ToBase64String(entry.Work),
        };
        if (!entry.IsTask)
        {
            properties[WorkProperties.ProcessGuid] = entry.ProcessGuid;
            properties[WorkProperties.Index] = entry.Index.ToString(CultureInfo.InvariantCulture);
        }

        foreach (var property in work.Network?.Properties ?? [])
            properties[$"network.{property.Key}"] = property.Value;
        return properties;
    }
}
