using System.Globalization;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Starts a conmon, which outlives the rep: it asks a program to start a process, supervises that process, and keeps its output and its
/// exit code.
/// </summary>
internal static class Conmon
{
    private const int SyncDescriptor = 3;

    /// <param name="id">For conmon's own messages.</param>
    /// <param name="program">What starts the process, in the place of a runtime. conmon's own arguments follow those given here.</param>
    /// <param name="sync">File for conmon's report of the start; null: none.</param>
    /// <exception cref="ContainerRuntimeException">conmon could not be started.</exception>
    public static async Task StartAsync(
        ProcessTools machine,
        string id,
        string program,
        IEnumerable<string> programArguments,
        ProcessPaths paths,
        string? sync
    )
    {
        // Without --bundle conmon creates no attach socket, which is not needed here and would limit the length of its path.
        string[] arguments =
        [
            "--api-version",
            "1",
            "--exec",
            "--cid",
            id,
            "--cuuid",
            id,
            "--runtime",
            program,
            .. programArguments.SelectMany(argument => (string[])["--runtime-arg", argument]),
            "--exec-process-spec",
            paths.Spec,
            "--container-pidfile",
            paths.Pid,
            "--conmon-pidfile",
            paths.ConmonPid,
            "--persist-dir",
            paths.Root,
            "--log-path",
            $"k8s-file:{paths.Log}",
            "--no-sync-log",
            "--log-size-max",
            machine.Options.MaxLogBytes.ToString(CultureInfo.InvariantCulture),
        ];
        var exitCode = await machine.Commands.RunDetachedAsync(
            machine.Conmon,
            arguments,
            paths.Root,
            new DetachedStreams(paths.ConmonError, sync),
            CancellationToken.None,
            sync is null ? null : [new("_OCI_SYNCPIPE", SyncDescriptor.ToString(CultureInfo.InvariantCulture))]
        );
        if (exitCode != 0)
            throw new ContainerRuntimeException($"conmon failed with exit code {exitCode}: {RuncMessages.Read(paths.ConmonError)}");
    }
}
