using System.Net;
using System.Net.Sockets;
using Scheduler.Models;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit.Containers;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

public sealed class NetworkTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Answers_on_the_host_port_at_loopback_at_the_hosts_address_and_over_the_bridge() =>
        _cell.RunAsync(async runtime =>
        {
            var info = await ServerAsync(runtime, "c1");
            var port = info.Ports[0].HostPort;

            Assert.Equal("c1", await GetAsync($"http://127.0.0.1:{port}/name"));
            Assert.Equal("c1", await GetAsync($"http://{TestNetworkNamespace.HostAddress}:{port}/name"));
            Assert.Equal("c1", await GetAsync($"http://{info.Address}:8080/name"));
        });

    [Fact]
    public async Task Leaves_a_taken_port_alone_and_says_when_none_is_left()
    {
        (_cell.Network.FirstHostPort, _cell.Network.LastHostPort) = (61_000, 61_002);
        await _cell.RunAsync(async runtime =>
        {
            using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            taken.Bind(new IPEndPoint(IPAddress.Loopback, 61_000));
            taken.Listen();

            Assert.Equal(
                [new PortMapping(80, 61_001), new PortMapping(81, 61_002)],
                (await runtime.CreateAsync(Spec("c1") with { Ports = [80, 81] }, None)).Ports
            );
            var refused = await Assert.ThrowsAsync<DomainException>(() => runtime.CreateAsync(Spec("c2") with { Ports = [80] }, None));
            Assert.Equal(ErrorKind.InsufficientResources, refused.Kind);
            Assert.Contains("between 61000 and 61002", refused.Message);
            Assert.Single(await runtime.ListAsync(None));

            await runtime.DestroyAsync("c1", None);
            Assert.InRange(
                Assert.Single((await runtime.CreateAsync(Spec("c2") with { Ports = [80] }, None)).Ports).HostPort,
                61_001,
                61_002
            );
        });
    }

    [Fact]
    public Task Knows_names_and_reaches_the_world_under_the_hosts_address() =>
        _cell.RunAsync(async runtime =>
        {
            await using var world = await TestWorld.CreateAsync(_cell.Namespace);
            await runtime.CreateAsync(
                Spec("c1") with
                {
                    DnsServers = ["192.0.2.53"],
                    Hostname = "web-0",
                    Capabilities = ["CAP_NET_RAW"],
                },
                None
            );
            await (
                await runtime.StartProcessAsync(
                    "c1",
                    "p",
                    Shell(
                        "hostname; cat /etc/resolv.conf; grep -c web-0 /etc/hosts; ip route | grep -c default; ping -c 1 -W 5 "
                            + TestWorld.Address
                            + " > /dev/null && echo reached"
                    ),
                    None
                )
            ).Exit.WaitAsync(Wait.Patience);
            Assert.Equal(
                ["web-0", "nameserver 192.0.2.53", "1", "1", "reached"],
                (await ProcessTests.LinesAsync(runtime, "c1", "p")).Select(line => line.Text)
            );
        });

    [Fact]
    public async Task Asks_the_cells_name_server_for_short_names_too()
    {
        _cell.Network.DnsServers = [TestNetworkNamespace.HostAddress];
        (_cell.Network.DnsSearch, _cell.Network.DnsOptions) = (["apps.test"], ["ndots:2"]);
        _cell.Network.DefaultEgress = EgressDefault.Deny;
        await _cell.RunAsync(async runtime =>
        {
            using var server = new NameServer(TestNetworkNamespace.HostAddress, "web.apps.test", "192.0.2.77");
            await runtime.CreateAsync(Spec("c1") with { Hostname = "app-0" }, None);
            const string script =
                "cat /etc/resolv.conf /etc/hostname; nslookup web | grep 192.0.2.77; grep -c localhost /etc/hosts;"
                + " mkdir /tmp/w; echo > /tmp/w/name; httpd -p 8080 -h /tmp/w;"
                + " for at in localhost 127.0.0.1 '[::1]'; do wget -q -O /dev/null http://$at:8080/name && echo $at; done; kill $(pidof httpd)";
            var process = await runtime.StartProcessAsync("c1", "p", Shell(script), None);
            await process.Exit.WaitAsync(Wait.Patience);

            Assert.Equal(
                [
                    $"nameserver {TestNetworkNamespace.HostAddress}",
                    "search apps.test",
                    "options ndots:2",
                    "app-0",
                    "Address: 192.0.2.77",
                    "2",
                    "localhost",
                    "127.0.0.1",
                    "[::1]",
                ],
                (await ProcessTests.LinesAsync(runtime, "c1", "p")).Select(line => line.Text)
            );
        });
    }

    /// <summary>A killed rep leaves leases of containers that run, and of one that it was creating.</summary>
    [Fact]
    public async Task Gives_the_ports_of_a_killed_reps_containers_to_others_once_they_are_gone()
    {
        (_cell.Network.FirstHostPort, _cell.Network.LastHostPort) = (61_000, 61_001);
        await _cell.Namespace.RunAsync(async () =>
        {
            var killed = await _cell.StartAsync();
            var running = (await killed.CreateAsync(Spec("c1") with { Ports = [80] }, None)).Ports.Single();
            await killed.DisposeAsync();
            var paths = Path.Combine(_cell.Options.StateDirectory, "containers", "half");
            Directory.CreateDirectory(paths);
            var leases = new LeaseDirectory(_cell.Options.LeaseDirectory, "ports");
            Assert.True(leases.TryTake(running.HostPort == 61_000 ? "61001" : "61000", paths));

            var next = await _cell.StartAsync();
            Assert.Equal(running, (await next.GetAsync("c1", None))!.Ports.Single());
            var second = (await next.CreateAsync(Spec("c2") with { Ports = [80] }, None)).Ports.Single();
            Assert.NotEqual(running.HostPort, second.HostPort);
            var full = await Assert.ThrowsAsync<DomainException>(() => next.CreateAsync(Spec("c3") with { Ports = [80] }, None));
            Assert.Equal(ErrorKind.InsufficientResources, full.Kind);

            await next.DestroyAsync("c1", None);
            Assert.Equal(running.HostPort, (await next.CreateAsync(Spec("c3") with { Ports = [80] }, None)).Ports.Single().HostPort);
        });
    }

    [Fact]
    public async Task Gives_cells_of_one_machine_subnets_and_ports_of_their_own()
    {
        var second = new CellFixture();
        second.Options.LeaseDirectory = _cell.Options.LeaseDirectory;
        second.Options.PreloadedRootFs["busybox"] = _cell.Options.PreloadedRootFs["busybox"];
        await _cell.RunAsync(async first =>
        {
            await using var other = new RuncRuntime(
                second.Options,
                second.Images,
                second.Network,
                TimeProvider.System,
                Microsoft.Extensions.Logging.Abstractions.NullLogger<RuncRuntime>.Instance
            );
            try
            {
                await other.PreflightAsync(None);
                var a = await ServerAsync(first, "c1");
                var b = await ServerAsync(other, "c2");
                Assert.NotEqual(a.Ports[0].HostPort, b.Ports[0].HostPort);
                Assert.NotEqual(a.Address!.GetAddressBytes()[2], b.Address!.GetAddressBytes()[2]);

                // Removing one cell must not remove the other's port mapping.
                await other.CleanUpAsync(None);
                Assert.Equal("c1", await GetAsync($"http://127.0.0.1:{a.Ports[0].HostPort}/name"));
            }
            finally
            {
                await other.CleanUpAsync(None);
                Directory.Delete(second.Directory, recursive: true);
            }
        });
    }

    [Fact]
    public async Task Names_what_is_missing_where_it_was_looked_for_and_the_package()
    {
        async Task<string> FailureAsync(Action<CellFixture> spoil)
        {
            var cell = new CellFixture();
            spoil(cell);
            await using var runtime = new RuncRuntime(
                cell.Options,
                cell.Images,
                cell.Network,
                TimeProvider.System,
                Microsoft.Extensions.Logging.Abstractions.NullLogger<RuncRuntime>.Instance
            );
            var failure = await Assert.ThrowsAsync<ContainerRuntimeException>(() => runtime.PreflightAsync(None));
            if (Directory.Exists(cell.Directory))
                Directory.Delete(cell.Directory, recursive: true);
            return failure.Message;
        }

        Assert.Equal(
            "runc is missing (looked for /opt/none/runc): install the package runc (apt-get install runc)",
            await FailureAsync(cell => cell.Options.Runc = "/opt/none/runc")
        );
        Assert.Contains("install the package conmon", await FailureAsync(cell => cell.Options.Conmon = "conmon-that-is-not-there"));
        Assert.Contains("/bin/true is not statically linked", await FailureAsync(cell => cell.Options.Busybox = "/bin/true"));
    }

    internal static async Task<ContainerInfo> ServerAsync(RuncRuntime runtime, string handle)
    {
        var info = await runtime.CreateAsync(Spec(handle) with { Ports = [8080] }, None);
        await runtime.StartProcessAsync(handle, "server", Shell("hostname > /www/name; exec httpd -f -v -p 8080 -h /www"), None);
        await GetAsync($"http://{info.Address}:8080/name");
        return info;
    }

    /// <summary>curl runs in the namespace of the test's thread; an HttpClient would connect from other threads.</summary>
    internal static async Task<string> GetAsync(string url)
    {
        var (exitCode, output) = await MachineAsync(
            "curl",
            "-sS",
            "--fail",
            "--max-time",
            "5",
            "--retry",
            "50",
            "--retry-delay",
            "0",
            "--retry-connrefused",
            "--retry-max-time",
            "30",
            url
        );
        Assert.True(exitCode == 0, $"{url}: {output}");
        return output.Trim();
    }
}
