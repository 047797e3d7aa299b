using System.Diagnostics;
using System.Net;
using Microsoft.Win32.SafeHandles;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Health;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Networking.Policy;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Containers;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>Which connections are possible: with real containers, a real packet filter, and a network outside the cell's machine.</summary>
public sealed class NetworkPolicyTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();
    private readonly List<Process> _servers = [];
    private TestWorld? _world;

    private TestWorld World => _world!;

    public async ValueTask InitializeAsync()
    {
        await _cell.InitializeAsync();
        _world = await TestWorld.CreateAsync(_cell.Namespace);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            server.Dispose();
        }

        if (_world is not null)
            await _world.DisposeAsync();
        await _cell.DisposeAsync();
    }

    /// <summary>
    /// nft's library waits for its socket with select, which ends the process if the socket's number is 1024 or higher.
    /// </summary>
    [Fact]
    public Task Rules_change_in_a_process_with_thousands_of_open_files() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("mine"), None);
            var files = new List<SafeFileHandle>();
            try
            {
                Open(2_000);
                for (var i = 0; i < 10; i++)
                {
                    Open(20); // others may have closed files with low numbers
                    Assert.True(await NftLibrary.TryApplyAsync($"add chain inet {runtime.Bridge} unused-{i}", None));
                }

                Assert.False(await NftLibrary.TryApplyAsync($"delete chain inet {runtime.Bridge} absent", None));
            }
            finally
            {
                foreach (var file in files)
                    file.Dispose();
            }

            void Open(int count) => files.AddRange(Enumerable.Range(0, count).Select(_ => File.OpenHandle("/dev/null")));
        });

    [Fact]
    public Task Reaches_the_world_and_neither_the_host_nor_others_nor_metadata() =>
        _cell.RunAsync(async runtime =>
        {
            await World.ListenAsync(80, "busybox", "httpd", "-f", "-p", "80");
            await OnMachineAsync(9000);
            var other = await NetworkTests.ServerAsync(runtime, "other");
            var mine = await runtime.CreateAsync(Spec("mine") with { Ports = [8080] }, None);

            Assert.True(await ConnectsAsync(runtime, "mine", TestWorld.Address, 80));
            foreach (
                var (address, port) in ((string, int)[])
                    [
                        (TestNetworkNamespace.HostAddress, 9000),
                        (TestWorld.MachineAddress, 9000),
                        (Gateway(mine), 9000),
                        (other.Address!.ToString(), 8080),
                        (TestNetworkNamespace.HostAddress, other.Ports[0].HostPort),
                        ("169.254.169.254", 80),
                    ]
            )
                Assert.False(await ConnectsAsync(runtime, "mine", address, port), $"{address}:{port}");

            // External callers still reach it.
            Assert.Equal(
                "other",
                (
                    await World.AskAsync(
                        "curl",
                        "-sS",
                        "--fail",
                        "--max-time",
                        "10",
                        $"http://{TestWorld.MachineAddress}:{other.Ports[0].HostPort}/name"
                    )
                ).Trim()
            );
            Assert.Equal("other", await NetworkTests.GetAsync($"http://127.0.0.1:{other.Ports[0].HostPort}/name"));
            Assert.Equal("other", await NetworkTests.GetAsync($"http://{other.Address}:8080/name"));
        });

    [Fact]
    public Task Reaches_no_service_on_the_hosts_loopback_though_packets_for_it_may_be_sent() =>
        _cell.RunAsync(async runtime =>
        {
            await OnMachineAsync(9000);
            // With mapped ports, the kernel treats such packets as local.
            var info = await runtime.CreateAsync(Spec("c1") with { Ports = [8080], Privileged = true }, None);
            Assert.Equal(
                0,
                await RunAsync(
                    runtime,
                    "c1",
                    $"ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.0/8 via {Gateway(info)} dev eth0; ip rule del pref 0; ip rule add pref 1 lookup local; echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet; ip route get 127.0.0.1 | grep eth0"
                )
            );
            Assert.False(await ConnectsAsync(runtime, "c1", "127.0.0.1", 9000));

            // Without the rules, the same call succeeds.
            await NftAsync("delete", "table", "inet", runtime.Bridge);
            Assert.True(await ConnectsAsync(runtime, "c1", "127.0.0.1", 9000));
        });

    [Fact]
    public Task Calls_only_what_its_egress_rules_name() =>
        _cell.RunAsync(async runtime =>
        {
            foreach (var port in (int[])[80, 81, 90])
                await World.ListenAsync(port, "busybox", "httpd", "-f", "-p", $"{port}");
            await OnMachineAsync(9000);
            await runtime.CreateAsync(
                Spec("c1") with
                {
                    Capabilities = ["CAP_NET_RAW"],
                    Egress =
                    [
                        new EgressRule("tcp", ["198.51.100.1-198.51.100.3"]) { Ports = [80] },
                        new EgressRule("tcp", ["198.51.100.0/24"]) { PortRange = new PortSpan(85, 95), Log = true },
                        new EgressRule("tcp", ["0.0.0.0/0"]) { Ports = [9000] },
                    ],
                },
                None
            );
            await runtime.CreateAsync(
                Spec("c2") with
                {
                    Capabilities = ["CAP_NET_RAW"],
                    Egress = [new EgressRule("icmp", ["0.0.0.0/0"]) { Icmp = new IcmpKind(8, 0) }],
                },
                None
            );
            await runtime.CreateAsync(Spec("c3") with { Egress = [new EgressRule("tcp", ["2001:db8::/32"]) { Ports = [80] }] }, None);

            Assert.True(await ConnectsAsync(runtime, "c1", TestWorld.Address, 80));
            Assert.True(await ConnectsAsync(runtime, "c1", TestWorld.Address, 90));
            Assert.False(await ConnectsAsync(runtime, "c1", TestWorld.Address, 81));
            // A rule for all destinations does not include the host.
            Assert.False(await ConnectsAsync(runtime, "c1", TestNetworkNamespace.HostAddress, 9000));
            Assert.NotEqual(0, await RunAsync(runtime, "c1", $"ping -c 1 -W 2 {TestWorld.Address}"));

            Assert.Equal(0, await RunAsync(runtime, "c2", $"ping -c 1 -W 5 {TestWorld.Address}"));
            Assert.False(await ConnectsAsync(runtime, "c2", TestWorld.Address, 80));
            Assert.False(await ConnectsAsync(runtime, "c3", TestWorld.Address, 80));
        });

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Reaches_nothing_but_its_name_servers_where_the_cell_denies_by_default()
    {
        _cell.Network.DefaultEgress = EgressDefault.Deny;
        await _cell.RunAsync(async runtime =>
        {
            foreach (var port in (int[])[53, 80])
                await World.ListenAsync(port, "busybox", "httpd", "-f", "-p", $"{port}");
            await OnMachineAsync(53);
            await OnMachineAsync(54);
            await runtime.CreateAsync(Spec("c1") with { DnsServers = [TestNetworkNamespace.HostAddress, TestWorld.Address] }, None);
            Assert.True(await ConnectsAsync(runtime, "c1", TestNetworkNamespace.HostAddress, 53));
            Assert.True(await ConnectsAsync(runtime, "c1", TestWorld.Address, 53));
            Assert.False(await ConnectsAsync(runtime, "c1", TestNetworkNamespace.HostAddress, 54));
            Assert.False(await ConnectsAsync(runtime, "c1", TestWorld.MachineAddress, 53));
            Assert.False(await ConnectsAsync(runtime, "c1", TestWorld.Address, 80));
        });
    }

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public Task Lets_containers_reach_each_other_that_ask_for_it() =>
        _cell.RunAsync(async runtime =>
        {
            async Task<ContainerInfo> PeerAsync(string handle, string policy, string domain, string process)
            {
                var info = await runtime.CreateAsync(
                    Spec(handle) with
                    {
                        Properties = new Dictionary<string, string>
                        {
                            ["network.container_to_container"] = policy,
                            [WorkProperties.Domain] = domain,
                            [WorkProperties.ProcessGuid] = process,
                        },
                    },
                    None
                );
                await runtime.StartProcessAsync(handle, "server", Shell("exec httpd -f -p 8080 -h /www"), None);
                return info;
            }

            var first = await PeerAsync("a1", "domain", "apps", "a");
            var second = await PeerAsync("b1", "domain", "apps", "b");
            var stranger = await PeerAsync("x1", "domain", "others", "a");
            var closed = await PeerAsync("d1", "deny", "apps", "a");
            var lrp = await PeerAsync("l1", "lrp", "apps", "l");
            await PeerAsync("l2", "lrp", "apps", "l");

            Assert.True(await ConnectsAsync(runtime, "a1", second.Address!.ToString(), 8080));
            Assert.True(await ConnectsAsync(runtime, "b1", first.Address!.ToString(), 8080));
            Assert.True(await ConnectsAsync(runtime, "l2", lrp.Address!.ToString(), 8080));
            foreach (var target in (ContainerInfo[])[stranger, closed, lrp])
                Assert.False(await ConnectsAsync(runtime, "a1", target.Address!.ToString(), 8080), target.Handle);
            Assert.False(await ConnectsAsync(runtime, "d1", first.Address!.ToString(), 8080));

            // The next container with this address must not be in the group.
            await runtime.DestroyAsync("b1", None);
            Assert.DoesNotContain($"{second.Address}", await NftAsync("list", "table", "inet", runtime.Bridge));
        });

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Lets_containers_reach_mapped_ports_where_the_cell_allows_it()
    {
        _cell.Network.PublishedPortsFromContainers = true;
        await _cell.RunAsync(async runtime =>
        {
            await OnMachineAsync(9000);
            var server = await NetworkTests.ServerAsync(runtime, "server");
            await runtime.CreateAsync(Spec("client"), None);
            foreach (var handle in (string[])["client", "server"])
                Assert.True(await ConnectsAsync(runtime, handle, TestNetworkNamespace.HostAddress, server.Ports[0].HostPort), handle);
            Assert.False(await ConnectsAsync(runtime, "client", server.Address!.ToString(), 8080));
            Assert.False(await ConnectsAsync(runtime, "client", TestNetworkNamespace.HostAddress, 9000));
        });
    }

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public Task Sends_only_as_itself() =>
        _cell.RunAsync(async runtime =>
        {
            var victim = await NetworkTests.ServerAsync(runtime, "victim");
            var liar = await runtime.CreateAsync(Spec("liar") with { Privileged = true }, None);
            await World.ListenAsync(80, "busybox", "httpd", "-f", "-p", "80");
            Assert.True(await ConnectsAsync(runtime, "liar", TestWorld.Address, 80));

            // Impersonates the victim by ARP: the host keeps the victim's own hardware address.
            Assert.Equal(
                0,
                await RunAsync(
                    runtime,
                    "liar",
                    $"ip addr add {victim.Address}/24 dev eth0; for i in 1 2 3; do arping -U -c 1 -I eth0 -s {victim.Address} {victim.Address}; arping -c 1 -w 1 -I eth0 -s {victim.Address} {Gateway(liar)}; done; true"
                )
            );
            Assert.Equal("victim", await NetworkTests.GetAsync($"http://{victim.Address}:8080/name"));
            Assert.NotEqual(0, await RunAsync(runtime, "liar", $"ping -c 2 -W 1 -I {victim.Address} {TestWorld.Address}"));

            // With another hardware address it can send nothing.
            Assert.Equal(
                0,
                await RunAsync(
                    runtime,
                    "liar",
                    "ip link set eth0 down; ip link set eth0 address 02:00:00:aa:bb:cc; ip link set eth0 up; ip route add default via "
                        + Gateway(liar)
                )
            );
            Assert.False(await ConnectsAsync(runtime, "liar", TestWorld.Address, 80));
        });

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Sets_its_rules_again_when_somebody_has_taken_them_away()
    {
        _cell.Network.RulesCheckInterval = TimeSpan.FromMilliseconds(200);
        await _cell.RunAsync(async runtime =>
        {
            await OnMachineAsync(9000);
            await runtime.CreateAsync(Spec("c1"), None);
            foreach (
                var spoil in (string[][])
                    [
                        ["delete", "table", "inet", runtime.Bridge],
                        ["delete", "table", "bridge", runtime.Bridge],
                        ["flush", "table", "inet", runtime.Bridge],
                        ["flush", "chain", "inet", runtime.Bridge, "input"],
                    ]
            )
            {
                var whole = await ListAsync(runtime);
                await NftAsync(spoil);
                var deadline = DateTime.UtcNow + Wait.Patience;
                while (await ListAsync(runtime) != whole && DateTime.UtcNow < deadline)
                    await Task.Delay(20);
                Assert.Equal(whole, await ListAsync(runtime));
                Assert.False(await ConnectsAsync(runtime, "c1", TestNetworkNamespace.HostAddress, 9000));
            }
        });

        static async Task<string> ListAsync(RuncRuntime runtime) =>
            (await MachineAsync("nft", "-s", "list", "table", "inet", runtime.Bridge)).Output
            + (await MachineAsync("nft", "-s", "list", "table", "bridge", runtime.Bridge)).Output;
    }

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Sets_its_rules_again_with_the_next_container_and_with_the_next_rep()
    {
        _cell.Network.RulesCheckInterval = TimeSpan.FromHours(1);
        await _cell.RunAsync(async runtime =>
        {
            await OnMachineAsync(9000);
            await runtime.CreateAsync(Spec("c1") with { Egress = [new EgressRule("tcp", [TestWorld.Address]) { Ports = [80] }] }, None);
            await World.ListenAsync(80, "busybox", "httpd", "-f", "-p", "80");
            async Task ConfinedAsync(RuncRuntime by)
            {
                Assert.False(await ConnectsAsync(by, "c1", TestNetworkNamespace.HostAddress, 9000));
                Assert.True(await ConnectsAsync(by, "c1", TestWorld.Address, 80));
            }

            await NftAsync("flush", "chain", "inet", runtime.Bridge, "host");
            await runtime.CreateAsync(Spec("c2"), None);
            await ConfinedAsync(runtime);

            await NftAsync("delete", "table", "inet", runtime.Bridge);
            await runtime.CreateAsync(Spec("c3"), None);
            await ConfinedAsync(runtime);

            await NftAsync("delete", "table", "inet", runtime.Bridge);
            await runtime.DestroyAsync("c3", None);
            await ConfinedAsync(runtime);

            await runtime.DisposeAsync();
            await NftAsync("delete", "table", "inet", runtime.Bridge);
            await ConfinedAsync(await _cell.StartAsync());
        });
    }

    [Fact]
    public Task Leaves_no_rules_behind()
    {
        // Checks follow each other without a pause, so that one is in progress when the rules are removed.
        _cell.Network.RulesCheckInterval = TimeSpan.FromMilliseconds(1);
        return _cell.RunAsync(async runtime =>
        {
            await NetworkTests.ServerAsync(runtime, "c1");
            Assert.Contains(runtime.Bridge, await NftAsync("list", "tables"));
            var bridge = runtime.Bridge;
            await runtime.CleanUpAsync(None);
            await runtime.DisposeAsync();
            Assert.DoesNotContain(bridge, await NftAsync("list", "ruleset"));
        });
    }

    [Fact]
    public Task Checks_a_container_from_within_its_network() =>
        _cell.RunAsync(async runtime =>
        {
            await OnMachineAsync(9000);
            var info = await NetworkTests.ServerAsync(runtime, "c1");
            var probe = new NetworkProbe();
            Task<string?> TryAsync(IPAddress address, int port) =>
                probe.TryAsync(
                    new CheckTarget(address, info.NetworkNamespace),
                    new Check
                    {
                        HttpCheck = new HTTPCheck
                        {
                            Port = (uint)port,
                            Path = "/name",
                            RequestTimeoutMs = 20_000,
                        },
                    },
                    None
                );

            Assert.Null(await TryAsync(info.Address!, 8080));
            // A server on the container's loopback is reachable; one on the host's loopback is not.
            await runtime.StartProcessAsync("c1", "local", Shell("exec httpd -f -p 127.0.0.1:8081 -h /www"), None);
            while (await RunAsync(runtime, "c1", "nc 127.0.0.1 8081 -e /bin/true") != 0)
                await Task.Delay(20);
            Assert.Null(await TryAsync(IPAddress.Loopback, 8081));
            Assert.Contains("connection refused", await TryAsync(IPAddress.Loopback, 9000));
            Assert.Null(
                await probe.TryAsync(
                    new CheckTarget(info.Address!, info.NetworkNamespace),
                    new Check
                    {
                        TcpCheck = new TCPCheck { Port = 8080, ConnectTimeoutMs = 20_000 },
                    },
                    None
                )
            );

            await runtime.DestroyAsync("c1", None);
            await Assert.ThrowsAnyAsync<Exception>(() =>
                probe.TryAsync(
                    new CheckTarget(info.Address!, info.NetworkNamespace),
                    new Check
                    {
                        TcpCheck = new TCPCheck { Port = 8080, ConnectTimeoutMs = 20_000 },
                    },
                    None
                )
            );
        });

    private async Task OnMachineAsync(int port) =>
        _servers.Add(
            await TestWorld.StartAsync(["ip", "netns", "exec", _cell.Namespace.Name], port, "busybox", "httpd", "-f", "-p", $"{port}")
        );

    private static async Task<bool> ConnectsAsync(RuncRuntime runtime, string handle, string address, int port) =>
        await RunAsync(runtime, handle, $"nc -w 3 {address} {port} -e /bin/true") == 0;

    private static int _number;

    private static async Task<int> RunAsync(RuncRuntime runtime, string handle, string script)
    {
        var process = await runtime.StartProcessAsync(handle, $"p{Interlocked.Increment(ref _number)}", Shell(script), None);
        return (await process.Exit.WaitAsync(Wait.Patience)).Code;
    }

    private static string Gateway(ContainerInfo info) => string.Join('.', info.Address!.ToString().Split('.')[..3]) + ".1";

    private static async Task<string> NftAsync(params string[] arguments)
    {
        var (exitCode, output) = await MachineAsync("nft", arguments);
        Assert.True(exitCode == 0, output);
        return output;
    }
}
