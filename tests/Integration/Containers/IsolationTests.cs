using System.Text;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

public sealed class IsolationTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Keeps_what_one_container_writes_from_another_and_from_the_image() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            await runtime.CreateAsync(Spec("c2"), None);
            await (await runtime.StartProcessAsync("c1", "p", Shell("echo mine > /etc/mine; rm /etc/group"), None)).Exit.WaitAsync(
                Wait.Patience
            );
            var other = await runtime.StartProcessAsync("c2", "p", Shell("test ! -e /etc/mine && test -e /etc/group"), None);

            Assert.Equal(0, (await other.Exit.WaitAsync(Wait.Patience)).Code);
            Assert.True(File.Exists(Path.Combine(_cell.Options.PreloadedRootFs["busybox"], "etc", "group")));
            Assert.False(File.Exists(Path.Combine(_cell.Options.PreloadedRootFs["busybox"], "etc", "mine")));
        });

    [Fact]
    public Task Shows_files_of_the_host_read_only() =>
        _cell.RunAsync(async runtime =>
        {
            var file = Path.Combine(_cell.Directory, "secret");
            await File.WriteAllTextAsync(file, "from the host");
            await runtime.CreateAsync(Spec("c1") with { Mounts = [new(file, "/etc/deep/down/secret")] }, None);
            var process = await runtime.StartProcessAsync(
                "c1",
                "p",
                Shell("cat /etc/deep/down/secret; echo; echo x > /etc/deep/down/secret"),
                None
            );

            Assert.NotEqual(0, (await process.Exit.WaitAsync(Wait.Patience)).Code);
            Assert.Equal("from the host", (await ProcessTests.LinesAsync(runtime, "c1", "p"))[0].Text);
            Assert.Equal("from the host", await File.ReadAllTextAsync(file));
        });

    [Fact]
    public Task Reads_files_as_the_container_sees_them_and_none_outside() =>
        _cell.RunAsync(async runtime =>
        {
            await File.WriteAllTextAsync(Path.Combine(_cell.Directory, "outside"), "secret");
            await runtime.CreateAsync(Spec("c1"), None);
            var script =
                $"echo -n result > /tmp/result; ln -s /tmp/result /tmp/link; ln -s ../../../../../../../..{_cell.Directory}/outside /tmp/evil; ln -s /etc/hostname /tmp/mount; ln -s /proc/1/root/etc /tmp/magic; mknod /tmp/fifo p; head -c 100 /dev/zero > /tmp/big; echo -n shm > /dev/shm/x";
            await (await runtime.StartProcessAsync("c1", "p", Shell(script), None)).Exit.WaitAsync(Wait.Patience);
            async Task<string> ReadAsync(string path) => Encoding.UTF8.GetString(await runtime.ReadFileAsync("c1", path, 99, None));
            async Task<ErrorKind> RefusedAsync(string path) => (await Assert.ThrowsAsync<DomainException>(() => ReadAsync(path))).Kind;

            Assert.Equal("result", await ReadAsync("/tmp/result"));
            Assert.Equal("result", await ReadAsync("/tmp/link"));
            Assert.Equal("c1\n", await ReadAsync("/tmp/mount"));
            Assert.Equal("shm", await ReadAsync("/dev/shm/x"));
            Assert.Equal(ErrorKind.ResourceNotFound, await RefusedAsync("/tmp/evil"));
            Assert.Equal(ErrorKind.ResourceNotFound, await RefusedAsync($"/../../..{_cell.Directory}/outside"));
            Assert.Equal(ErrorKind.InvalidRequest, await RefusedAsync("/tmp/magic/hostname"));
            Assert.Equal(ErrorKind.InvalidRequest, await RefusedAsync("/tmp/fifo"));
            Assert.Equal(ErrorKind.InvalidRequest, await RefusedAsync("/tmp/big"));
            Assert.Equal(ErrorKind.InvalidRequest, await RefusedAsync("/tmp"));
            Assert.Equal(ErrorKind.ResourceNotFound, await RefusedAsync("/nothing"));
        });

    [Fact]
    public Task Leaves_nothing_of_a_destroyed_container() =>
        _cell.RunAsync(async runtime =>
        {
            var info = await runtime.CreateAsync(Spec("c1") with { Ports = [80] }, None);
            var process = await runtime.StartProcessAsync("c1", "p", Shell("trap '' TERM; (setsid sleep 1000 &); sleep 1000 & wait"), None);

            // A name that is not UTF-8, a directory without access, an immutable file: none of them may prevent the destruction of a container.
            await (
                await runtime.StartProcessAsync(
                    "c1",
                    "q",
                    Shell("touch \"/tmp/$(printf '\\377\\376')\"; mkdir -p /tmp/a/b; chmod 0 /tmp/a"),
                    None
                )
            ).Exit.WaitAsync(Wait.Patience);
            await runtime.DestroyAsync("c1", None);

            Assert.True((await process.Exit.WaitAsync(Wait.Patience)).Code is 137 or -1);
            Assert.Empty(await runtime.ListAsync(None));
            Assert.False(Directory.Exists(info.Directory));
            Assert.Empty(Directory.GetFiles(Path.Combine(_cell.Options.StateDirectory, "network", "namespaces")));
            Assert.Empty(Directory.GetDirectories(Path.Combine(_cell.Options.StateDirectory, "runc")));
            Assert.Empty(Directory.GetFiles(_cell.Options.LeaseDirectory, "6*", SearchOption.AllDirectories));
            Assert.DoesNotContain(ProcessesNaming(_cell.Directory), _ => true);
            Assert.DoesNotContain(
                await File.ReadAllLinesAsync("/proc/self/mountinfo"),
                line => line.Contains(_cell.Directory, StringComparison.Ordinal)
            );
            var rules = (await MachineAsync("nft", "list", "table", "inet", runtime.Bridge)).Output;
            Assert.Contains("map published", rules, StringComparison.Ordinal);
            Assert.DoesNotContain(info.Address!.ToString(), rules, StringComparison.Ordinal);
            Assert.DoesNotContain("veth", (await MachineAsync("ip", "link")).Output);
            await runtime.DestroyAsync("c1", None);

            await runtime.CleanUpAsync(None);
            Assert.DoesNotContain("-A ", (await MachineAsync("iptables-save")).Output);
            Assert.DoesNotContain(runtime.Bridge, (await MachineAsync("nft", "list", "tables")).Output, StringComparison.Ordinal);
            Assert.DoesNotContain(": sch", (await MachineAsync("ip", "link")).Output);
            _cell.AssertNothingLeft();
        });

    [Fact]
    public Task Takes_back_everything_when_creation_fails_on_the_way() =>
        _cell.RunAsync(async runtime =>
        {
            // runc fails on this only after the network, the overlay and the namespaces exist.
            var spec = Spec("c1") with
            {
                Ports = [80],
                Mounts = [new("/etc/hostname", "/bin/busybox/below-a-file")],
            };
            var failure = await Assert.ThrowsAsync<ContainerRuntimeException>(() => runtime.CreateAsync(spec, None));
            Assert.Contains("below-a-file", failure.Message);

            Assert.Empty(await runtime.ListAsync(None));
            Assert.DoesNotContain("veth", (await MachineAsync("ip", "link")).Output);
            Assert.DoesNotContain(
                await File.ReadAllLinesAsync("/proc/self/mountinfo"),
                line => line.Contains(_cell.Directory, StringComparison.Ordinal)
            );
            Assert.Empty(Directory.GetFiles(_cell.Options.LeaseDirectory, "6*", SearchOption.AllDirectories));
            await runtime.CreateAsync(Spec("c1"), None);
        });

    [Fact]
    public Task Checks_its_health_with_a_container_of_its_own() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CheckHealthAsync("preloaded:busybox", Shell("ls > /tmp/test", "vcap"), None);
            await Assert.ThrowsAsync<ContainerRuntimeException>(() => runtime.CheckHealthAsync("preloaded:busybox", Shell("exit 3"), None));
            Assert.Empty(await runtime.ListAsync(None));
        });
}
