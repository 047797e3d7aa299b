using System.Text;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.Integration.Containers;
using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.Integration.Conformance;

/// <summary>What a container has of its machine: limits, network, files.</summary>
public abstract partial class RuntimeConformance
{
    [Fact]
    [Needs(Ability.Programs, Ability.Limits)]
    public Task Kills_what_takes_too_much_memory_and_says_so() =>
        CaseAsync(async handle =>
        {
            await Runtime.CreateAsync(cell.Spec(handle) with { Limits = new() { MemoryMb = 32 } }, None);
            var innocent = await StartAsync(handle, "innocent", Waiting());
            var hungry = new ProcessSpec { Path = "/bin/awk", Args = ["BEGIN { s = \"0123456789abcdef\"; while (1) s = s s }"] };
            Assert.Equal(new ProcessExit(137, OutOfMemory: true), await ExitAsync(handle, "hungry", hungry));
            Assert.False(innocent.Exit.IsCompleted);
            Assert.Equal(new ProcessExit(1), await ExitAsync(handle, "later", Shell("exit 1")));
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Limits)]
    public Task Lets_a_container_have_so_many_processes_and_no_more() =>
        CaseAsync(async handle =>
        {
            await Runtime.CreateAsync(cell.Spec(handle) with { Limits = new() { MaxPids = 10 } }, None);
            await ExitAsync(handle, "bomb", Shell("for i in $(seq 1 60); do sleep 100 & done; echo not reached"));
            Assert.DoesNotContain(await LinesAsync(handle, "bomb"), line => line.Text == "not reached");
        });

    [Fact]
    [Needs(Ability.Programs, Ability.DiskLimits)]
    public Task Refuses_writes_beyond_the_disk_limit_and_says_so() =>
        CaseAsync(async handle =>
        {
            await Runtime.CreateAsync(cell.Spec(handle) with { Limits = new() { DiskMb = 16 } }, None);
            Assert.Equal(0, (await ExitAsync(handle, "modest", Shell("dd if=/dev/zero of=/small bs=1M count=8"))).Code);
            Assert.Null(await Runtime.DiskShortageAsync(handle, None));
            Assert.NotEqual(0, (await ExitAsync(handle, "greedy", Shell("dd if=/dev/zero of=/big bs=1M count=64"))).Code);
            Assert.NotNull(await Runtime.DiskShortageAsync(handle, None));
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Metrics)]
    public Task Measures_what_a_container_uses() =>
        CaseAsync(async handle =>
        {
            await Runtime.CreateAsync(cell.Spec(handle) with { Limits = new() { MemoryMb = 64 } }, None);
            await StartAsync(handle, "waiting", Waiting());
            await ExitAsync(
                handle,
                "p",
                Shell("dd if=/dev/zero of=/tmp/big bs=1M count=3 2>/dev/null; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done")
            );
            var metrics = await Runtime.MetricsAsync(handle, None);
            Assert.True(metrics.Cpu > TimeSpan.FromMilliseconds(5), metrics.ToString());
            Assert.InRange(metrics.MemoryBytes, 1, 64L << 20);
            Assert.Equal(64L << 20, metrics.MemoryLimitBytes);
            Assert.InRange(metrics.Pids, 1, 10);
            Assert.InRange(metrics.DiskBytes, 3 << 20, 4 << 20);
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Ports)]
    public Task Answers_at_the_host_port_of_a_container_port() =>
        CaseAsync(async handle =>
        {
            var info = await Runtime.CreateAsync(cell.Spec(handle) with { Ports = [8080] }, None);
            await StartAsync(handle, "server", Shell("mkdir /tmp/w; echo $(hostname) > /tmp/w/name; exec httpd -f -p 8080 -h /tmp/w"));
            var name = handle[..Math.Min(12, handle.Length)];
            Assert.Equal(name, await NetworkTests.GetAsync($"http://{info.Address}:8080/name"));
            Assert.Equal(name, await NetworkTests.GetAsync($"http://127.0.0.1:{info.Ports[0].HostPort}/name"));
            Assert.Equal(name, await NetworkTests.GetAsync($"http://{TestNetworkNamespace.HostAddress}:{info.Ports[0].HostPort}/name"));
        });

    [Fact]
    [Needs(Ability.Programs, Ability.NetworkPolicy)]
    public Task Containers_reach_neither_each_other_nor_the_machine() =>
        CaseAsync(async handle =>
        {
            var other = await Runtime.CreateAsync(cell.Spec(handle + "-other") with { Ports = [8080] }, None);
            await StartAsync(handle + "-other", "server", Shell("mkdir /tmp/w; echo other > /tmp/w/name; exec httpd -f -p 8080 -h /tmp/w"));
            Assert.Equal("other", await NetworkTests.GetAsync($"http://{other.Address}:8080/name"));

            await CreateAsync(handle);
            foreach (
                var (address, port) in ((string, int)[])
                    [(other.Address!.ToString(), 8080), (TestNetworkNamespace.HostAddress, other.Ports[0].HostPort)]
            )
            {
                var reached = await ExitAsync(handle, $"p{port}", Shell($"nc -w 1 {address} {port} -e /bin/true"));
                Assert.False(reached.Succeeded, $"{address}:{port}");
            }
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Dns)]
    public Task Asks_the_name_servers_that_were_given() =>
        CaseAsync(async handle =>
        {
            await Runtime.CreateAsync(cell.Spec(handle) with { DnsServers = ["192.0.2.53"], Hostname = "web-0" }, None);
            Assert.Equal(
                ["nameserver 192.0.2.53", "1", "1"],
                await SayAsync(
                    handle,
                    "p",
                    Shell("grep nameserver /etc/resolv.conf; grep -c web-0 /etc/hosts; grep -c '^127.0.0.1.localhost' /etc/hosts")
                )
            );
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Files)]
    public Task Reads_files_as_the_container_sees_them() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            await ExitAsync(
                handle,
                "p",
                Shell("printf result > /tmp/r; ln -s /tmp/r /tmp/link; ln -s ../../../../etc/shadow /tmp/out; mkdir /tmp/d")
            );
            Assert.Equal("result", Encoding.UTF8.GetString(await Runtime.ReadFileAsync(handle, "/tmp/r", 6, None)));
            Assert.Equal("result", Encoding.UTF8.GetString(await Runtime.ReadFileAsync(handle, "/tmp/link", 6, None)));
            async Task<ErrorKind> ReadKindAsync(string path, int most) =>
                await KindAsync(() => Runtime.ReadFileAsync(handle, path, most, None));
            Assert.Equal(ErrorKind.InvalidRequest, await ReadKindAsync("/tmp/r", 5));
            Assert.Equal(ErrorKind.InvalidRequest, await ReadKindAsync("/tmp/d", 5));
            Assert.Equal(ErrorKind.InvalidRequest, await ReadKindAsync("tmp/r", 10));
            Assert.Equal(ErrorKind.ResourceNotFound, await ReadKindAsync("/tmp/nothing", 10));
            Assert.Equal(ErrorKind.ResourceNotFound, await ReadKindAsync("/tmp/out", 1_000_000));
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Mounts)]
    public Task Mounts_directories_of_the_machine_writable_or_not() =>
        CaseAsync(async handle =>
        {
            string[] sources = [Path.Combine(cell.Directory, $"{handle}-ro"), Path.Combine(cell.Directory, $"{handle}-rw")];
            foreach (var source in sources)
            {
                Directory.CreateDirectory(source);
                File.SetUnixFileMode(source, (UnixFileMode)0b111_111_111);
                await File.WriteAllTextAsync(Path.Combine(source, "given"), "given\n");
            }

            await Runtime.CreateAsync(
                cell.Spec(handle) with
                {
                    Mounts = [new(sources[0], "/ro"), new(sources[1], "/deep/rw", ReadOnly: false)],
                },
                None
            );
            Assert.Equal(
                ["given", "given", "read-only"],
                await SayAsync(
                    handle,
                    "p",
                    Shell("cat /ro/given /deep/rw/given; echo made > /deep/rw/made; (echo x > /ro/made) 2>/dev/null || echo read-only")
                )
            );
            Assert.Equal("made\n", await File.ReadAllTextAsync(Path.Combine(sources[1], "made")));
            Assert.Equal(
                ErrorKind.InvalidRequest,
                await KindAsync(() => Runtime.CreateAsync(cell.Spec(handle + "-2") with { Mounts = [new(sources[0] + "-no", "/x")] }, None))
            );
        });
}
