using System.Diagnostics;
using System.Text.RegularExpressions;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>
/// Attacks of a hostile container on its cell's network, with servers at addresses that it must not reach, with any runtime.
/// </summary>
public abstract partial class NetworkAttacks
{
    private protected abstract RuntimeKind Kind { get; }

    /// <summary>Names of the probes that the runtime is not said to hold, or whose way it does not have.</summary>
    private protected virtual IReadOnlyCollection<string> Excluded => [];

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task No_probe_hits_a_container_without_egress_rules() =>
        HostileAssert.NoHits(
            (await ProbeAsync([], rules: true)).Where(result =>
                !result.Probe.Name.StartsWith(NetworkProbes.Egress, StringComparison.Ordinal) && !Excluded.Contains(result.Probe.Name)
            )
        );

    private protected async Task<IReadOnlyList<ProbeResult>> ProbeAsync(IReadOnlyList<EgressRule> egress, bool rules)
    {
        IReadOnlyList<ProbeResult> results = [];
        await using var cell = await HostileCell.MakeAsync(Kind, NetworkProbes.All);
        cell.Network.RulesCheckInterval = TimeSpan.FromHours(1);
        await using var world = await TestWorld.CreateAsync(cell.Machine);
        var (host, echo) = ($"tcp:{NetworkProbes.HostPort}", $"udp:{NetworkProbes.EchoPort}");
        await world.ListenAsync(
            NetworkProbes.AllowedPort,
            Server($"tcp:{NetworkProbes.AllowedPort}", $"tcp:{NetworkProbes.DeniedPort}", echo)
        );
        var servers = new List<Process>
        {
            await TestWorld.StartAsync(["ip", "netns", "exec", cell.Machine.Name], NetworkProbes.HostPort, Server(host, echo)),
        };
        try
        {
            await cell.RunAsync(async runtime =>
            {
                var other = await runtime.CreateAsync(
                    new ContainerSpec
                    {
                        Handle = "other",
                        RootFs = HostileCell.Image,
                        Ports = [NetworkProbes.OtherPort],
                    },
                    CancellationToken.None
                );
                servers.Add(
                    await TestWorld.StartAsync(
                        ["nsenter", $"--net={other.NetworkNamespace}"],
                        NetworkProbes.OtherPort,
                        Server($"tcp:{NetworkProbes.OtherPort}", echo)
                    )
                );
                var spec = new ContainerSpec
                {
                    Handle = "hostile",
                    MainProcess = HostileCell.Probes,
                    RootFs = HostileCell.Image,
                    Ports = [1000],
                    Privileged = true,
                    Egress = egress.Count > 0 ? egress : null,
                };
                await runtime.CreateAsync(spec, CancellationToken.None);
                if (!rules)
                {
                    foreach (var family in (string[])["inet", "bridge"])
                        await TestWorld.RunAsync(
                            "ip",
                            "netns",
                            "exec",
                            cell.Machine.Name,
                            "nft",
                            "delete",
                            "table",
                            family,
                            HostileCell.BridgeOf(runtime)
                        );
                }

                results = await cell.ProbeAsync(
                    runtime,
                    spec,
                    await SurroundingsAsync(cell.Machine.Name, HostileCell.BridgeOf(runtime), other)
                );
            });
            return results;
        }
        finally
        {
            foreach (var server in servers)
            {
                server.Kill(entireProcessTree: true);
                await server.WaitForExitAsync();
                server.Dispose();
            }
        }
    }

    private static string[] Server(params string[] ports) =>
        ["python3", Path.Combine(AppContext.BaseDirectory, "Hostile", "Programs", "echo.py"), .. ports];

    private static async Task<Dictionary<string, string>> SurroundingsAsync(string machine, string bridge, ContainerInfo other)
    {
        string[] onMachine = ["ip", "netns", "exec", machine],
            inOther = ["nsenter", $"--net={other.NetworkNamespace}"];
        var network = string.Join('.', other.Address!.ToString().Split('.')[..3]);
        return new()
        {
            ["N"] = "/probes/bin/net",
            ["HOST"] = TestNetworkNamespace.HostAddress,
            ["HOST2"] = TestWorld.MachineAddress,
            ["GW"] = $"{network}.1",
            ["BROADCAST"] = $"{network}.255",
            ["NOBODY"] = $"{network}.200",
            ["WORLD"] = TestWorld.Address,
            ["OTHER"] = other.Address.ToString(),
            ["PORT"] = $"{other.Ports[0].HostPort}",
            ["GWMAC"] = Mac().Match(await TestWorld.RunAsync([.. onMachine, "ip", "-o", "link", "show", "dev", bridge])).Groups[1].Value,
            ["GW6"] = LinkLocal()
                .Match(await TestWorld.RunAsync([.. onMachine, "ip", "-6", "-o", "addr", "show", "dev", bridge]))
                .Groups[1]
                .Value,
            ["OTHERMAC"] = Mac().Match(await TestWorld.RunAsync([.. inOther, "ip", "-o", "link", "show", "dev", "eth0"])).Groups[1].Value,
            ["OTHER6"] = LinkLocal()
                .Match(await TestWorld.RunAsync([.. inOther, "ip", "-6", "-o", "addr", "show", "dev", "eth0"]))
                .Groups[1]
                .Value,
        };
    }

    [GeneratedRegex("link/ether ([0-9a-f:]+)")]
    private static partial Regex Mac();

    [GeneratedRegex("inet6 (fe80[0-9a-f:]+)/")]
    private static partial Regex LinkLocal();
}
