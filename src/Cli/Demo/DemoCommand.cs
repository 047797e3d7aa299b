using System.CommandLine;
using Microsoft.Extensions.Logging;
using Scheduler.Cli.Images;
using Scheduler.Cli.Node;
using Scheduler.Cli.Services;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Tls;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Containerd;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Cli.Demo;

/// <summary><c>scheduler demo</c></summary>
internal static class DemoCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command("demo").Explain(
            """
            Demonstrate the scheduler on this machine with real containers, then clean up

            Starts all components in one process on the embedded store, places an HTTP server by auction, runs a task, kills a
            container, scales, drains a cell and removes everything. Exit code 0 only if every step succeeded. Needs root.
            """
        );
        var keep = new Option<bool>("--keep") { Description = "Keep the cluster running at the end, until Ctrl-C" };
        var verbose = new Option<bool>("--verbose") { Description = "Show the components' logs" };
        var runtime = settings.Choice(
            "--runtime",
            "Container runtime, as for dev; simulated containers have nothing to show",
            RuntimeKind.Auto
        );
        // Where the machine has its engines, if not in the usual places.
        var programs = new OptionSettings<RuntimeOptions>(
            settings,
            new RuntimeOptions(),
            option =>
                option.Name is nameof(RuntimeOptions.Runc) or nameof(RuntimeOptions.DockerHost) or nameof(RuntimeOptions.DockerExecRoot)
        );
        var containerd = new OptionSettings<ContainerdOptions>(
            settings,
            new ContainerdOptions(),
            option => option.Name is nameof(ContainerdOptions.Address) or nameof(ContainerdOptions.Namespace)
        );
        foreach (var option in programs.Options.Concat(containerd.Options))
            option.Hidden = false; // the demo has no others that would fill a list
        command.Options.Add(runtime);
        programs.AddTo(command);
        containerd.AddTo(command);
        command.Options.Add(keep);
        command.Options.Add(verbose);
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    Enum.Parse<RuntimeKind>(parsed.GetValue(runtime)!, ignoreCase: true),
                    cell =>
                    {
                        programs.Apply(parsed, cell.Runtime);
                        containerd.Apply(parsed, cell.Containerd);
                    },
                    parsed.GetValue(keep),
                    parsed.GetValue(verbose),
                    parsed.InvocationConfiguration.Output,
                    cancellationToken
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(
        RuntimeKind runtime,
        Action<CellSetup> configure,
        bool keep,
        bool verbose,
        TextWriter output,
        CancellationToken cancellationToken
    )
    {
        if (runtime == RuntimeKind.Simulated)
            throw DomainError
                .Invalid("runtime", "the demo serves requests from real containers; for simulated ones try ./scheduler dev --simulated")
                .ToException();
        if (Environment.UserName != "root")
            throw new DomainError(
                ErrorKind.PermissionDenied,
                "containers need root: run this as root, or try ./scheduler dev --simulated"
            ).ToException();
        // Not below /tmp, which may be a memory file system: overlay mounts need a disk.
        var directory = Directory.CreateDirectory($"/var/lib/scheduler/demo-{Environment.ProcessId}").FullName;
        var screen = new DemoScreen(output, TimeProvider.System);
        try
        {
            BusyboxImage.Build().WriteDirectory(Path.Combine(directory, "image"));
            screen.Scene(
                "Start all components in one process: BBS on SQLite, auctioneer, 3 cells in 2 zones, converger, route emitter, router"
            );
            var options = new NodeOptions
            {
                DataDirectory = directory,
                Listen = "127.0.0.1:0",
                Router = DevCommand.DefaultRouter,
                RouterMayMove = true,
                Runtime = runtime,
                Configure = configure,
                Cells = 3,
                Zones = 2,
                CellMemoryMb = 512,
                CellDiskMb = 1024,
                LogLevel = verbose ? LogLevel.Information : LogLevel.Error,
            };
            IReadOnlyList<CellTraces> cells;
            await using (var node = await AllInOneNode.StartAsync(options, cancellationToken))
            {
                try
                {
                    await PlayAsync(node, directory, keep, screen, output, cancellationToken);
                }
                finally
                {
                    await node.StopAsync(CancellationToken.None);
                    cells = await node.CleanUpAsync(images: true, CancellationToken.None);
                }
            }

            var left = await MachineTraces.LeftAsync(directory, cells, cancellationToken);
            if (left.Count > 0)
                throw new DomainError(ErrorKind.Unknown, $"left on the machine: {string.Join("; ", left)}").ToException();
            screen.Done("no container, mount, namespace, bridge, packet filter rule or process is left");
            screen.End("Every step succeeded.");
            return ExitCodes.Ok;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task PlayAsync(
        AllInOneNode node,
        string directory,
        bool keep,
        DemoScreen screen,
        TextWriter output,
        CancellationToken cancellationToken
    )
    {
        screen.Done($"serving at {node.BbsUrl}, with mutual TLS");
        var options = new ChannelOptions();
        using var channels = new ChannelFactory(TlsIdentity.Load(node.ClientTls), options);
        var bbs = new BbsConnection(channels, [node.BbsUrl], options, TimeProvider.System).Invoker;
        using var story = new DemoStory(
            bbs,
            channels,
            $"oci://{Path.Combine(directory, "image")}",
            node.RouterUrl!,
            (guid, token) => KillContainerAsync(node, guid, token),
            screen,
            TimeProvider.System
        );
        await story.PlayAsync(cancellationToken);
        if (keep)
        {
            var state = node.Describe();
            var isFound = state.TryWrite(Client.DevState.DefaultDirectory);
            output.WriteLine();
            output.WriteLine(
                "Running until Ctrl-C. In another terminal: ./scheduler lrp list, ./scheduler cell list, ./scheduler logs demo-web/0"
            );
            if (!isFound)
                output.WriteLine($"Another node is running, and client commands find it first; for this one use {state.Flags}");
            try
            {
                await node.WaitForStopAsync(cancellationToken);
            }
            finally
            {
                state.Delete(Client.DevState.DefaultDirectory);
            }
        }

        await story.RemoveAllAsync(CancellationToken.None);
    }

    /// <summary>
    /// Kills what a container was made for, as an operator's mistake or the kernel would: by the machine's own process ids, whatever runs the
    /// containers, and without the scheduler's knowledge.
    /// </summary>
    private static async Task KillContainerAsync(AllInOneNode node, string instanceGuid, CancellationToken cancellationToken)
    {
        foreach (var runtime in node.Runtimes)
        {
            if (await runtime.GetAsync(instanceGuid, cancellationToken) is not { } container)
                continue;
            foreach (var id in container.Processes)
            {
                if (
                    await runtime.FindProcessAsync(instanceGuid, id, cancellationToken) is { } process
                    && ProcessIdentity.Of(process.Pid) is { } running
                )
                    Native.Signal(running, (int)ProcessSignal.Kill);
            }

            return;
        }

        throw new DomainError(ErrorKind.ResourceNotFound, $"no cell has the container {instanceGuid}").ToException();
    }
}
