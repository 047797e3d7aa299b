using System.CommandLine;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Scheduler.Hosting;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Containerd;

namespace Scheduler.Cli.Services;

/// <summary><c>scheduler rep</c></summary>
internal static class RepCommand
{
    private const string DefaultState = "/var/lib/scheduler/cell";

    public static Command Create(SettingSource settings)
    {
        var command = new Command("rep").Explain(
            """
            Run a cell: manages containers and their images, networks, health checks and logs

            Simulated cells need no root and keep nothing on disk; one process can run many of them:

              ./scheduler rep --runtime simulated --cells 100 --cell-id east --zone z1 --memory 16384 --listen 127.0.0.1:0 --advertise-address 10.1.0.1
            """
        );
        var bbs = settings.Texts("--bbs", "BBS URLs", ["http://127.0.0.1:8889"], "URL");
        var cellId = settings.Text("--cell-id", "Unique ID of the cell", Dns.GetHostName(), "NAME");
        var zone = settings.Text("--zone", "Availability zone; instances of an LRP are spread over zones", "z1", "NAME");
        var memory = settings.Number("--memory", "Memory for containers in MB; 0: all memory of the machine", 0, least: 0);
        var disk = settings.Number(
            "--disk",
            "Disk for containers in MB; 0: all space that is free below --state when the cell starts without containers",
            0,
            least: 0
        );
        var state = settings.Text("--state", "Directory of the cell's state; must survive a restart", DefaultState, "DIR");
        var advertise = settings.Text(
            "--advertise-address",
            "IP address at which others reach container ports (default: the machine's first)",
            null,
            "IP"
        );
        var preloaded = settings.Texts("--preloaded", "Root filesystems on this machine, available as preloaded:NAME", [], "NAME=DIR");
        var volumes = Volumes.Option(settings);
        var healthCheck = settings.Text(
            "--health-check-rootfs",
            "Root filesystem with a shell for the periodic check that the cell can create containers; none: no check "
                + "(default: the first --preloaded)",
            null,
            "preloaded:NAME|none"
        );
        var runtime = new RuntimeSetting(settings);
        var cells = settings.Number(
            "--cells",
            "Number of simulated cells in this process: NAME-1 to NAME-N, on consecutive ports and advertised addresses",
            1,
            least: 1,
            most: SimulatedCells.Most
        );
        var cleanUp = settings.Switch("--clean-up", "Destroy all containers of this cell and their shared resources, then exit");
        var (rep, containers, containerd, images, network, privileges) = (
            new OptionSettings<RepOptions>(settings, new RepOptions()),
            new OptionSettings<RuntimeOptions>(settings, new RuntimeOptions()),
            new OptionSettings<ContainerdOptions>(settings, new ContainerdOptions()),
            new OptionSettings<ImageOptions>(settings, new ImageOptions()),
            new OptionSettings<NetworkOptions>(settings, new NetworkOptions()),
            new PrivilegeSettings(settings)
        );
        foreach (
            var option in (Option[])
                [
                    bbs,
                    cellId,
                    zone,
                    memory,
                    disk,
                    state,
                    advertise,
                    preloaded,
                    volumes,
                    healthCheck,
                    .. rep.Options,
                    .. runtime.Options,
                    cells,
                    .. containers.Options,
                    .. containerd.Options,
                    .. images.Options,
                    .. privileges.Options,
                    .. network.Options,
                    cleanUp,
                ]
        )
            command.Options.Add(option);
        var component = new ComponentSettings(settings, "rep", "127.0.0.1:1801");
        component.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var stateDirectory = Path.GetFullPath(parsed.GetValue(state)!);
                var roots = PreloadedRootFs.Parse(parsed.GetValue(preloaded)!);
                var kind = runtime.Read(parsed);
                var simulated = kind == RuntimeKind.Simulated;
                CellSetup Cell(string id, int number, string address)
                {
                    var setup = new CellSetup
                    {
                        Kind = kind,
                        Rep = rep.Apply(
                            parsed,
                            new RepOptions
                            {
                                CellId = id,
                                Zone = parsed.GetValue(zone)!,
                                MemoryMb = parsed.GetValue(memory) is > 0 and var memoryMb ? memoryMb : null,
                                DiskMb = parsed.GetValue(disk) is > 0 and var diskMb ? diskMb : null,
                                PreloadedRootFs = [.. roots.Keys],
                                Volumes = Volumes.Parse(parsed.GetValue(volumes)!),
                                HealthCheckRootFs = PreloadedRootFs.ForHealthCheck(parsed.GetValue(healthCheck), roots.Keys),
                                Privileges = privileges.Read(parsed),
                                AdvertiseAddress = address,
                                // Simulated containers end with the process: a journal would list containers that no longer exist.
                                StateDirectory = simulated ? "" : stateDirectory,
                            }
                        ),
                        Runtime = containers.Apply(parsed, new RuntimeOptions { StateDirectory = stateDirectory, PreloadedRootFs = roots }),
                        Containerd = containerd.Apply(parsed, new ContainerdOptions()),
                        Images = images.Apply(parsed, new ImageOptions()),
                        Network = network.Apply(parsed, new NetworkOptions()),
                    };
                    setup.Rep.CellIndex += number;
                    setup.Rep.PresenceRenewal = setup.Rep.PresenceTtl / 3;
                    return setup;
                }

                var options = component.Read(parsed);
                var id = parsed.GetValue(cellId)!;
                var address = parsed.GetValue(advertise) ?? FirstAddress();
                if (parsed.GetValue(cells) is > 1 and var count)
                {
                    if (!simulated)
                        throw DomainError
                            .Invalid("cells", "requires --runtime simulated: only simulated cells can share a process")
                            .ToException();
                    var parts = SimulatedCells.Spread(options, id, count);
                    var setups = SimulatedCells.Addresses(address, count).Select((own, number) => Cell(parts[number].Name, number, own));
                    return await SimulatedCells.RunAsync([.. setups.Zip(parts)], parsed.GetValue(bbs)!, cancellationToken);
                }

                var setup = Cell(id, 0, address);
                if (parsed.GetValue(cleanUp))
                    return await CleanUpAsync(setup, options, cancellationToken);
                var host = ComponentHost.Build(options, services => setup.AddTo(services, parsed.GetValue(bbs)!), app => app.MapRep());
                return await ServiceRunner.RunAsync(host, cancellationToken, CellSetup.PreflightAsync);
            }
        );
        return command;
    }

    private static async Task<int> CleanUpAsync(CellSetup setup, ComponentOptions options, CancellationToken cancellationToken)
    {
        using var loggers = LoggerFactory.Create(logging =>
            logging.SetMinimumLevel(options.LogLevel).AddSimpleConsole(console => console.ColorBehavior = LoggerColorBehavior.Disabled)
        );
        await using var runtime = setup.CreateRuntime(TimeProvider.System, loggers);
        await CellSetup.PreflightAsync(runtime, cancellationToken);
        await CellSetup.CleanUpAsync(runtime, cancellationToken);
        return ExitCodes.Ok;
    }

    /// <summary>The first IPv4 address of an active interface other than loopback; the loopback address if there is no other.</summary>
    private static string FirstAddress() =>
        (
            from nic in NetworkInterface.GetAllNetworkInterfaces()
            where nic.OperationalStatus == OperationalStatus.Up && nic.NetworkInterfaceType != NetworkInterfaceType.Loopback
            from address in nic.GetIPProperties().UnicastAddresses
            where address.Address.AddressFamily == AddressFamily.InterNetwork
            select address.Address
        )
            .FirstOrDefault(IPAddress.Loopback)
            .ToString();
}
