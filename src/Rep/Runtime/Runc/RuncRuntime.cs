using Microsoft.Extensions.Logging;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>Runs containers on this machine with runc, and each of their processes under its own conmon.</summary>
public sealed class RuncRuntime(
    RuntimeOptions options,
    ImageOptions images,
    NetworkOptions network,
    TimeProvider time,
    ILogger<RuncRuntime> log
) : BundleRuntime(options, images, network, time, log)
{
    /// <summary>What this machine lacks of the programs that run containers; null if they are there.</summary>
    internal static string? Lacks(RuntimeOptions options)
    {
        try
        {
            foreach (var (program, package) in ((string, string)[])[(options.Runc, "runc"), (options.Conmon, "conmon")])
                Programs.Find(program, package);
            return null;
        }
        catch (ContainerRuntimeException missing)
        {
            return missing.Message;
        }
    }

    private protected override IContainerEngine MakeEngine(CellMachine machine) => new RuncEngine(machine);
}
