using Microsoft.Extensions.Logging;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Containerd;

/// <summary>
/// Runs containers on this machine with containerd. Images, disks, namespaces and network are the cell's own, as with runc; containerd starts
/// the bundles and keeps their exit codes.
/// </summary>
public sealed class ContainerdRuntime(
    RuntimeOptions options,
    ContainerdOptions containerd,
    ImageOptions images,
    NetworkOptions network,
    TimeProvider time,
    ILogger<ContainerdRuntime> log
) : BundleRuntime(options, images, network, time, log)
{
    private readonly ContainerdClient _client = new(containerd, options.CommandTimeout, time);

    /// <summary>What this machine lacks for containers under containerd; null if its socket answers and the programs are there.</summary>
    internal static string? Lacks(RuntimeOptions options, ContainerdOptions containerd) =>
        RuncRuntime.Lacks(options) ?? ContainerdClient.Lacks(containerd);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _client.Dispose();
    }

    private protected override IContainerEngine MakeEngine(CellMachine machine) => new ContainerdEngine(machine, _client, containerd);
}
