using System.CommandLine;
using Microsoft.Extensions.Logging;
using Scheduler.Cli.Client;
using Scheduler.Cli.Services;
using Scheduler.Models;

namespace Scheduler.Cli.Node;

/// <summary><c>scheduler dev</c></summary>
internal static class DevCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command("dev").Explain("""
            Run everything on this machine in one process, in the foreground, until Ctrl-C

            State is kept below --data, so what is desired comes back at the next start. Containers end with the node unless
            --keep-containers is given; then the next start finds them again.

            Client commands of the same user find the node without flags. It brings a root filesystem of its own, busybox:

              ./scheduler lrp create web --image busybox --instances 2 --port 8080 --check-http / --wait -- httpd -f -p 8080 -h /www
              ./scheduler lrp get web
            """);
        var data = settings.Text("--data", "Folder of everything that the node keeps", "/var/lib/scheduler/dev", "DIR");
        var listen = settings.Text("--listen", "Where the BBS listens", "127.0.0.1:8889", "ADDRESS:PORT");
        var opsListen = settings.Text("--ops-listen", "Where /healthz, /readyz and /metrics listen", "127.0.0.1:8890", "ADDRESS:PORT");
        var cells = settings.Number("--cells", "Cells on this machine", 2, least: 1, most: 64);
        var zones = settings.Number("--zones", "Zones that the cells are dealt to", 2, least: 1, most: 64);
        var memory = settings.Number("--memory", "Memory that each cell offers, in MB", 2048, least: 1);
        var disk = settings.Number("--disk", "Disk that each cell offers, in MB", 10_240, least: 1);
        var preloaded = settings.Texts("--preloaded", "Root filesystems on this machine, for preloaded:NAME", [], "NAME=DIR");
        var runc = settings.Text("--runc", "The program that makes containers: a name to look up, or a path", "runc", "PROGRAM");
        var quota = DiskQuotas.Option(settings);
        var nats = settings.Texts("--nats", "NATS servers to publish routes to", [], "nats://HOST:PORT");
        var simulated = settings.Switch("--simulated", "Containers exist only in memory: needs no root and no runc");
        var plain = settings.Switch("--plain", "Connections without TLS, for looking at the wire");
        var keep = settings.Switch("--keep-containers", "Leave containers running at the end");
        var logLevel = settings.Text("--log-level", "Least level that is logged", "warning", "LEVEL");
        var isolation = new IsolationSettings(settings);
        isolation.AddTo(command);
        var networking = new NetworkSettings(settings);
        networking.AddTo(command);
        var config = new Option<string?>(SettingSource.ConfigFlag) { Description = "YAML file with settings, named as the flags are", HelpName = "FILE" };
        foreach (var option in (Option[])[data, listen, opsListen, cells, zones, memory, disk, preloaded, nats, runc, quota, simulated, plain, keep, logLevel, config])
            command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            settings.CheckKeys(command);
            if (!Enum.TryParse<LogLevel>(parsed.GetValue(logLevel), ignoreCase: true, out var level))
                throw DomainError.Invalid("log-level", $"must be trace, debug, information, warning or error, not \"{parsed.GetValue(logLevel)}\"").ToException();
            var options = new NodeOptions
            {
                DataDirectory = Path.GetFullPath(parsed.GetValue(data)!),
                Listen = parsed.GetValue(listen)!,
                OpsListen = parsed.GetValue(opsListen),
                Cells = parsed.GetValue(cells),
                Zones = parsed.GetValue(zones),
                CellMemoryMb = parsed.GetValue(memory),
                CellDiskMb = parsed.GetValue(disk),
                PreloadedRootFs = PreloadedRootFs.Parse(parsed.GetValue(preloaded)!),
                NatsServers = RouteEmitterCommand.NatsServers(parsed.GetValue(nats)!),
                Runc = parsed.GetValue(runc)!,
                DiskQuota = DiskQuotas.Parse(parsed.GetValue(quota)!),
                Simulated = parsed.GetValue(simulated),
                Tls = !parsed.GetValue(plain),
                Isolation = isolation.Read(parsed),
                Network = networking.Read(parsed),
                LogLevel = level,
            };
            return RunAsync(options, parsed.GetValue(keep), parsed.InvocationConfiguration.Output, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(NodeOptions options, bool keepContainers, TextWriter output, CancellationToken cancellationToken)
    {
        using var held = DataDirectory.Hold(options.DataDirectory);
        options = OfferBusybox(options);
        await using var node = await AllInOneNode.StartAsync(options, cancellationToken);
        var directory = DevState.DefaultDirectory;
        var state = node.Describe();
        var isFound = state.TryWrite(directory);
        try
        {
            output.WriteLine($"everything runs: BBS at {node.BbsUrl}, {options.Cells} cells, state in {options.DataDirectory}");
            if (isFound)
                output.WriteLine("in another terminal, ./scheduler cell list and ./scheduler dev --help are places to begin; Ctrl-C ends it");
            else
                output.WriteLine($"another node runs, which client commands find first; for this one: {state.Flags}");
            await node.WaitForStopAsync(cancellationToken);
            output.WriteLine(keepContainers ? "stopping; containers go on ..." : "stopping, containers included ...");
        }
        finally
        {
            state.Delete(directory);
            await node.StopAsync(CancellationToken.None);
            if (!keepContainers)
                await node.CleanUpAsync(CancellationToken.None);
        }

        return ExitCodes.Ok;
    }

    private static NodeOptions OfferBusybox(NodeOptions options)
    {
        // Real containers need busybox anyway; simulated ones only need the name.
        if (options.PreloadedRootFs.ContainsKey(BusyboxRootFs.Name) || !(options.Simulated || BusyboxRootFs.IsAvailable))
            return options;
        var directory = options.Simulated ? options.DataDirectory : BusyboxRootFs.Prepare(Path.Combine(options.DataDirectory, "rootfs"));
        return options with { PreloadedRootFs = new Dictionary<string, string>(options.PreloadedRootFs) { [BusyboxRootFs.Name] = directory } };
    }
}
