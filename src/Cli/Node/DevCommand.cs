using System.CommandLine;
using Microsoft.Extensions.Logging;
using Scheduler.Cli.Images;
using Scheduler.Cli.Services;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Containerd;
using Scheduler.Rep.Transfers.Web;

namespace Scheduler.Cli.Node;

/// <summary><c>scheduler dev</c></summary>
internal static class DevCommand
{
    public const string DefaultRouter = "127.0.0.1:8080";

    public static Command Create(SettingSource settings)
    {
        var command = new Command("dev").Explain(
            """
            Run all components on this machine in one process, in the foreground, until Ctrl-C

            State is stored below --data, so the next start restores desired work. Containers are destroyed when the node stops,
            unless --keep-containers is given; then the next start finds them again.

            Client commands of the same user find the node without flags. It provides a root filesystem named busybox:

              ./scheduler lrp create web --image busybox --instances 2 --port 8080 --route web.localhost --check-http / --wait -- httpd -f -p 8080 -h /www
              curl http://web.localhost:8080
            """
        );
        var data = settings.Text("--data", "Directory of the node's state", "/var/lib/scheduler/dev", "DIR");
        var listen = settings.Text("--listen", "Listen address of the BBS", "127.0.0.1:8889", "ADDRESS:PORT");
        var opsListen = settings.Text("--ops-listen", "Listen address of /healthz, /readyz and /metrics", "127.0.0.1:8890", "ADDRESS:PORT");
        var cells = settings.Number("--cells", "Number of cells", 2, least: 1, most: 64);
        var zones = settings.Number("--zones", "Number of zones; cells are assigned to them in turn", 2, least: 1, most: 64);
        var memory = settings.Number("--memory", "Memory of each cell in MB", 2048, least: 1);
        var disk = settings.Number("--disk", "Disk of each cell in MB", 10_240, least: 1);
        var preloaded = settings.Texts("--preloaded", "Root filesystems on this machine, available as preloaded:NAME", [], "NAME=DIR");
        var volumes = Volumes.Option(settings);
        var nats = settings.Texts("--nats", "NATS servers to publish routes to", [], "nats://HOST:PORT");
        var router = settings.Text(
            "--router",
            $"Listen address of the HTTP router, or none (default: {DefaultRouter}, or a free port if that is in use)",
            null,
            "ADDRESS:PORT|none"
        );
        var runtime = new RuntimeSetting(settings);
        var plain = settings.Switch("--plain", "Use connections without TLS, for debugging");
        var keep = settings.Switch("--keep-containers", "Keep containers running when the node stops");
        var logLevel = settings.Text("--log-level", "Minimum log level: trace, debug, information, warning or error", "warning", "LEVEL");
        // Settings that must differ between cells of one machine, such as subnet and bridge, are left to the cells.
        var (rep, transfers, containers, containerd, registry, network, privileges) = (
            new OptionSettings<RepOptions>(
                settings,
                new RepOptions(),
                option =>
                    option.Name is nameof(RepOptions.DefaultMemoryMb) or nameof(RepOptions.DefaultMaxPids) or nameof(RepOptions.StopDelay)
            ),
            new OptionSettings<TransferOptions>(
                settings,
                new TransferOptions(),
                option => option.Name is nameof(TransferOptions.DeniedNetworks)
            ),
            new OptionSettings<RuntimeOptions>(
                settings,
                new RuntimeOptions(),
                option =>
                    option.Name
                        is nameof(RuntimeOptions.Runc)
                            or nameof(RuntimeOptions.DockerHost)
                            or nameof(RuntimeOptions.DockerExecRoot)
                            or nameof(RuntimeOptions.MaxConcurrentCreates)
                            or nameof(RuntimeOptions.DiskQuota)
                            or nameof(RuntimeOptions.UserNamespaces)
                            or nameof(RuntimeOptions.UserIdRange)
                            or nameof(RuntimeOptions.Seccomp)
                            or nameof(RuntimeOptions.AppArmor)
            ),
            new OptionSettings<ContainerdOptions>(settings, new ContainerdOptions()),
            new OptionSettings<RegistryOptions>(settings, new RegistryOptions()),
            new OptionSettings<NetworkOptions>(
                settings,
                new NetworkOptions(),
                option =>
                    option.Name
                        is nameof(NetworkOptions.DefaultEgress)
                            or nameof(NetworkOptions.ContainerToContainer)
                            or nameof(NetworkOptions.PublishedPortsFromContainers)
                            or nameof(NetworkOptions.RulesCheckInterval)
                            or nameof(NetworkOptions.DnsServers)
                            or nameof(NetworkOptions.DnsSearch)
                            or nameof(NetworkOptions.DnsOptions)
            ),
            new PrivilegeSettings(settings)
        );
        var config = new Option<string?>(SettingSource.ConfigFlag)
        {
            Description = "YAML file of settings; keys are the flag names",
            HelpName = "FILE",
        };
        foreach (
            var option in (Option[])
                [
                    data,
                    listen,
                    opsListen,
                    cells,
                    zones,
                    memory,
                    disk,
                    preloaded,
                    volumes,
                    nats,
                    router,
                    .. containers.Options,
                    .. containerd.Options,
                    .. rep.Options,
                    .. transfers.Options,
                    .. privileges.Options,
                    .. network.Options,
                    .. registry.Options,
                    .. runtime.Options,
                    plain,
                    keep,
                    logLevel,
                    config,
                ]
        )
            command.Options.Add(option);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                settings.CheckKeys(command);
                if (!Enum.TryParse<LogLevel>(parsed.GetValue(logLevel), ignoreCase: true, out var level))
                    throw DomainError
                        .Invalid("log-level", $"must be trace, debug, information, warning or error, not \"{parsed.GetValue(logLevel)}\"")
                        .ToException();
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
                    Volumes = Volumes.Parse(parsed.GetValue(volumes)!),
                    NatsServers = NatsSettings.Servers(parsed.GetValue(nats)!),
                    Router = parsed.GetValue(router) switch
                    {
                        null => DefaultRouter,
                        "none" => null,
                        var address => address,
                    },
                    RouterMayMove = parsed.GetValue(router) is null,
                    Runtime = runtime.Read(parsed),
                    Tls = !parsed.GetValue(plain),
                    Configure = cell =>
                    {
                        rep.Apply(parsed, cell.Rep);
                        transfers.Apply(parsed, cell.Rep.Transfers);
                        containers.Apply(parsed, cell.Runtime);
                        containerd.Apply(parsed, cell.Containerd);
                        registry.Apply(parsed, cell.Images.Registry);
                        network.Apply(parsed, cell.Network);
                        cell.Rep.Privileges = privileges.Read(parsed);
                    },
                    LogLevel = level,
                };
                return RunAsync(options, parsed.GetValue(keep), parsed.InvocationConfiguration.Output, cancellationToken);
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(
        NodeOptions options,
        bool keepContainers,
        TextWriter output,
        CancellationToken cancellationToken
    )
    {
        using var held = DataDirectory.Hold(options.DataDirectory);
        options = OfferBusybox(options);
        await using var node = await AllInOneNode.StartAsync(options, cancellationToken);
        var directory = DevState.DefaultDirectory;
        var state = node.Describe();
        var isFound = state.TryWrite(directory);
        try
        {
            output.WriteLine($"ready: BBS at {node.BbsUrl}, {options.Cells} cells, state in {options.DataDirectory}");
            if (node.RouterUrl is { } router)
                output.WriteLine(
                    $"routes: an app with --route web.localhost answers at {RouteUrls.Of(router, "web.localhost")}"
                        + (
                            router.EndsWith(DefaultRouter, StringComparison.Ordinal) || !options.RouterMayMove
                                ? ""
                                : $"; {DefaultRouter} is in use"
                        )
                );
            if (isFound)
                output.WriteLine("in another terminal, try ./scheduler cell list or ./scheduler dev --help; Ctrl-C stops the node");
            else
                output.WriteLine($"another node is running, and client commands find it first; for this one use {state.Flags}");
            await node.WaitForStopAsync(cancellationToken);
            output.WriteLine(keepContainers ? "stopping; containers keep running ..." : "stopping, including all containers ...");
        }
        finally
        {
            state.Delete(directory);
            await node.StopAsync(CancellationToken.None);
            if (!keepContainers)
                await node.CleanUpAsync(images: false, CancellationToken.None);
        }

        return ExitCodes.Ok;
    }

    private static NodeOptions OfferBusybox(NodeOptions options)
    {
        // Real containers need busybox; simulated ones only need the name.
        if (options.PreloadedRootFs.ContainsKey(BusyboxRootFs.Name) || !(options.Simulated || BusyboxRootFs.IsAvailable))
            return options;
        var directory = options.Simulated ? options.DataDirectory : BusyboxRootFs.Prepare(Path.Combine(options.DataDirectory, "rootfs"));
        return options with
        {
            PreloadedRootFs = new Dictionary<string, string>(options.PreloadedRootFs) { [BusyboxRootFs.Name] = directory },
        };
    }
}
