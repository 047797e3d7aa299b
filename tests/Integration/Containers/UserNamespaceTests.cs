using System.Globalization;
using System.Text;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>Containers whose users are unprivileged on the host.</summary>
public sealed class UserNamespaceTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public UserNamespaceTests() => _cell.Options.UserNamespaces = UserNamespaceMode.Required;

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Gives_each_container_users_of_its_own() =>
        _cell.RunAsync(async runtime =>
        {
            var (one, two) = (await RootOnHostAsync(runtime, Spec("c1")), await RootOnHostAsync(runtime, Spec("c2")));

            Assert.InRange(one, 268_435_456u, 536_870_911u);
            Assert.InRange(two, 268_435_456u, 536_870_911u);
            Assert.NotEqual(one, two);
            Assert.Equal(0u, await RootOnHostAsync(runtime, Spec("strong") with { Privileged = true }));
        });

    [Fact]
    public Task Shows_the_images_files_with_the_owners_that_they_have_in_it() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            var process = await runtime.StartProcessAsync(
                "c1",
                "p",
                Shell(
                    "stat -c %u:%g / /etc/passwd /home/vcap; touch /etc/passwd /mine; echo more >> /etc/passwd; rm /etc/group; chown 2000:3000 /mine; stat -c %u:%g /mine"
                ),
                None
            );

            Assert.Equal(0, (await process.Exit.WaitAsync(Wait.Patience)).Code);
            Assert.Equal(
                ["0:0", "0:0", "2000:2000", "2000:3000"],
                (await ProcessTests.LinesAsync(runtime, "c1", "p")).Select(line => line.Text)
            );
            Assert.DoesNotContain(
                "more",
                await File.ReadAllTextAsync(Path.Combine(_cell.Options.PreloadedRootFs["busybox"], "etc", "passwd")),
                StringComparison.Ordinal
            );
            Assert.StartsWith(
                "root:",
                Encoding.UTF8.GetString(await runtime.ReadFileAsync("c1", "/etc/passwd", 4096, None)),
                StringComparison.Ordinal
            );
        });

    [Theory]
    [InlineData("root", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("vcap")]
    public Task Lets_a_process_open_its_streams_and_low_ports_and_read_what_is_mounted(string user) =>
        _cell.RunAsync(async runtime =>
        {
            var secret = Path.Combine(_cell.Directory, "closed", "open");
            Directory.CreateDirectory(secret);
            await File.WriteAllTextAsync(Path.Combine(secret, "binding"), "secret");
            File.SetUnixFileMode(Path.GetDirectoryName(secret)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            await runtime.CreateAsync(Spec("c1") with { Mounts = [new(secret, "/etc/bindings")] }, None);
            var script =
                "echo out > /dev/stdout; echo error > /dev/stderr; cat /etc/bindings/binding; echo; nc -l -p 80 & while ! grep -q ':0050 .* 0A ' /proc/net/tcp /proc/net/tcp6; do kill -0 $! || exit 1; done; kill $!; echo listens; head -n 1 /etc/resolv.conf > /dev/null && echo resolves";
            var process = await runtime.StartProcessAsync("c1", "p", Shell(script, user), None);

            Assert.Equal(0, (await process.Exit.WaitAsync(Wait.Patience)).Code);
            Assert.Equal(
                ["error", "listens", "out", "resolves", "secret"],
                (await ProcessTests.LinesAsync(runtime, "c1", "p")).Select(line => line.Text).Order()
            );
        });

    [Fact]
    public Task Finds_a_container_again_with_its_users_and_takes_them_back_with_it() =>
        _cell.Namespace.RunAsync(async () =>
        {
            var first = await _cell.StartAsync();
            await first.CreateAsync(Spec("c1"), None);
            await first.DisposeAsync();

            var second = await _cell.StartAsync();
            var process = await second.StartProcessAsync("c1", "p", Shell("id -u; echo again > /dev/stdout"), None);
            Assert.Equal(0, (await process.Exit.WaitAsync(Wait.Patience)).Code);
            await second.DestroyAsync("c1", None);

            Assert.DoesNotContain(
                Directory.GetFiles(Path.Combine(_cell.Options.LeaseDirectory, "users")),
                lease => File.ReadAllText(lease).StartsWith(_cell.Directory, StringComparison.Ordinal)
            );
        });

    [Fact]
    public Task Gives_root_the_capabilities_by_default_and_those_that_were_asked_for() =>
        _cell.RunAsync(async runtime =>
        {
            Assert.Equal(Capabilities.ByDefault, await BoundsAsync(runtime, Spec("plain")));
            Assert.Equal(
                Capabilities.ByDefault.Append("CAP_NET_RAW").ToHashSet(),
                await BoundsAsync(runtime, Spec("more") with { Capabilities = ["CAP_NET_RAW"] })
            );
        });

    /// <summary>A parent directory denies access to others, so no user of a container reaches its root filesystem.</summary>
    [Theory]
    [InlineData(UserNamespaceMode.Required)]
    [InlineData(UserNamespaceMode.Auto)]
    public Task Says_that_a_machine_cannot(UserNamespaceMode mode) =>
        _cell.Namespace.RunAsync(async () =>
        {
            File.SetUnixFileMode(_cell.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            _cell.Options.UserNamespaces = mode;
            if (mode == UserNamespaceMode.Required)
            {
                Assert.StartsWith(
                    "user namespaces are required",
                    (await Assert.ThrowsAsync<ContainerRuntimeException>(_cell.StartAsync)).Message,
                    StringComparison.Ordinal
                );
                _cell.Options.UserNamespaces = UserNamespaceMode.Off; // to clean up with
                return;
            }

            var runtime = await _cell.StartAsync();
            Assert.True(runtime.IsWithoutUserNamespaces);
            Assert.Equal(0u, await RootOnHostAsync(runtime, Spec("c1")));
        });

    /// <summary>Users other than root must not reach a layer, whose <c>/tmp</c> is open to everyone, or another user's container.</summary>
    [Fact]
    public Task Lets_other_users_of_the_machine_reach_nothing() =>
        _cell.RunAsync(async runtime =>
        {
            var info = await runtime.CreateAsync(Spec("c1") with { Environment = [new("SECRET", "s3cret")] }, None);
            await (await runtime.StartProcessAsync("c1", "p", Shell("true"), None)).Exit.WaitAsync(Wait.Patience);
            var open = new List<string>();
            foreach (
                var path in Directory.GetFileSystemEntries(
                    _cell.Options.StateDirectory,
                    "*",
                    new EnumerationOptions
                    {
                        RecurseSubdirectories = true,
                        AttributesToSkip = FileAttributes.ReparsePoint,
                        MaxRecursionDepth = 4,
                    }
                )
            )
            {
                if (IsOpenToOthers(path) && path != info.Directory)
                    open.Add(path[_cell.Options.StateDirectory.Length..]);
            }

            // These contain only the directories that runc mounts on.
            Assert.All(
                open,
                path => Assert.True(path is "/containers" or "/empty" || path.StartsWith("/empty/", StringComparison.Ordinal), path)
            );
            foreach (var secret in (string[])["container.json", "config.json"])
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(info.Directory!, secret)));
        });

    /// <summary>Others have search permission on every parent directory, and any permission on the path itself.</summary>
    private bool IsOpenToOthers(string path)
    {
        for (
            var above = Path.GetDirectoryName(path)!;
            above.Length >= _cell.Options.StateDirectory.Length;
            above = Path.GetDirectoryName(above)!
        )
        {
            if ((File.GetUnixFileMode(above) & UnixFileMode.OtherExecute) == 0)
                return false;
        }

        return (File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute)) != 0;
    }

    private static async Task<uint> RootOnHostAsync(RuncRuntime runtime, ContainerSpec spec)
    {
        await runtime.CreateAsync(spec, None);
        var process = await runtime.StartProcessAsync(spec.Handle, "root", Shell("sleep 1000"), None);
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Pid}/status"))
            .First(line => line.StartsWith("Uid:", StringComparison.Ordinal));
        return uint.Parse(line.Split('\t')[1], CultureInfo.InvariantCulture);
    }

    private static async Task<HashSet<string>> BoundsAsync(RuncRuntime runtime, ContainerSpec spec)
    {
        await runtime.CreateAsync(spec, None);
        await (await runtime.StartProcessAsync(spec.Handle, "caps", Shell("grep CapBnd: /proc/self/status"), None)).Exit.WaitAsync(
            Wait.Patience
        );
        var bits = Capabilities.Read((await ProcessTests.LinesAsync(runtime, spec.Handle, "caps")).Select(line => line.Text));
        return [.. Capabilities.All.Where((_, bit) => (bits >> bit & 1) != 0)];
    }
}
