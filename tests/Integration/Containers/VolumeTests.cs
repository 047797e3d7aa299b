using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>Directories of the machine in containers.</summary>
public sealed class VolumeTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    private string Volume => Path.Combine(_cell.Directory, "volume");

    public async ValueTask InitializeAsync()
    {
        await _cell.InitializeAsync();
        Directory.CreateDirectory(Volume);
        // Only root and the owner may use it; no user of the machine could by the mode alone.
        File.SetUnixFileMode(Volume, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(Volume, "given"), "by the machine\n");
    }

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Theory]
    [InlineData(UserNamespaceMode.Required, false)]
    [InlineData(UserNamespaceMode.Required, true, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData(UserNamespaceMode.Off, false)]
    public Task Belongs_to_the_users_of_the_container_and_outlives_it(UserNamespaceMode mode, bool privileged)
    {
        _cell.Options.UserNamespaces = mode;
        return _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1") with { Mounts = [Mount("/srv/data")], Privileged = privileged }, None);
            Assert.Equal(
                ["0:0", "by the machine", "0"],
                await LinesAsync(
                    runtime,
                    "c1",
                    "stat -c %u:%g /srv/data/given; cat /srv/data/given; echo mine > /srv/data/new; chown 2000:2000 /srv/data/new; echo $?"
                )
            );
            await runtime.DestroyAsync("c1", None);

            var written = Native.Stat(Path.Combine(Volume, "new"))!.Value;
            Assert.Equal((2000u, 2000u), (written.User, written.Group));
            await runtime.CreateAsync(Spec("c2") with { Mounts = [Mount("/other")], Privileged = privileged }, None);
            Assert.Equal(["2000:2000", "mine"], await LinesAsync(runtime, "c2", "stat -c %u:%g /other/new; cat /other/new"));
        });
    }

    [Fact]
    public Task Is_never_writable_if_it_is_read_only_and_gives_no_privileges() =>
        _cell.RunAsync(async runtime =>
        {
            File.Copy("/bin/busybox", Path.Combine(Volume, "tool"));
            File.SetUnixFileMode(Path.Combine(Volume, "tool"), (UnixFileMode)0b100_111_101_101); // set-user-id
            Assert.Equal(0, (await MachineAsync("mknod", Path.Combine(Volume, "null"), "c", "1", "3")).ExitCode);
            await runtime.CreateAsync(
                Spec("c1") with
                {
                    Mounts = [Mount("/ro", readOnly: true), Mount("/rw")],
                    Capabilities = ["CAP_SYS_ADMIN"],
                },
                None
            );
            Assert.Equal(
                ["refused", "refused", "refused", "refused", "no device", "nodev,nosuid,ro", "nodev,nosuid,rw"],
                await LinesAsync(
                    runtime,
                    "c1",
                    """
                    touch /ro/x 2>/dev/null || echo refused
                    chmod 777 /ro/given 2>/dev/null || echo refused
                    mount -o remount,rw,bind /ro 2>/dev/null || echo refused
                    mount -o remount,suid,dev,bind /rw 2>/dev/null || echo refused
                    echo x 2>/dev/null > /rw/null || echo no device
                    for at in /ro /rw; do
                      grep " $at " /proc/mounts | cut -d' ' -f4 | tr , '\n' | grep -xE 'ro|rw|nosuid|nodev' | sort | tr '\n' , | sed 's/,$/\n/'
                    done
                    """
                )
            );
            Assert.False(File.Exists(Path.Combine(Volume, "x")));
        });

    /// <summary>A mount below a read-only one would be writable, and may belong to somebody else.</summary>
    [Fact]
    public Task Does_not_contain_what_is_mounted_below_it() =>
        _cell.RunAsync(async runtime =>
        {
            var below = Path.Combine(Volume, "below");
            Directory.CreateDirectory(below);
            Assert.Equal(0, (await MachineAsync("mount", "-t", "tmpfs", "none", below)).ExitCode);
            try
            {
                await File.WriteAllTextAsync(Path.Combine(below, "secret"), "");
                await runtime.CreateAsync(Spec("c1") with { Mounts = [Mount("/data", readOnly: true)] }, None);
                Assert.Equal(
                    ["0", "refused"],
                    await LinesAsync(runtime, "c1", "ls /data/below | wc -l; touch /data/below/x 2>/dev/null || echo refused")
                );
                Assert.Equal(0, (await MachineAsync("umount", below)).ExitCode);
            }
            finally
            {
                await MachineAsync("umount", below);
            }
        });

    [Fact]
    public Task Stays_the_directory_that_it_was_when_its_path_is_given_to_another() =>
        _cell.RunAsync(async runtime =>
        {
            var secret = Directory.CreateDirectory(Path.Combine(_cell.Directory, "secret")).FullName;
            await File.WriteAllTextAsync(Path.Combine(secret, "given"), "secret\n");
            await runtime.CreateAsync(Spec("c1") with { Mounts = [Mount("/data")] }, None);
            Directory.Move(Volume, Volume + ".old");
            Directory.CreateSymbolicLink(Volume, secret);

            Assert.Equal(["by the machine"], await LinesAsync(runtime, "c1", "cat /data/given"));
            var refused = await Assert.ThrowsAsync<ContainerRuntimeException>(() =>
                runtime.CreateAsync(Spec("c2") with { Mounts = [Mount("/data")] }, None)
            );
            Assert.StartsWith($"cannot mount {Volume}: ", refused.Message, StringComparison.Ordinal);
            Assert.Equal(["c1"], (await runtime.ListAsync(None)).Select(container => container.Handle));

            // A link on the way is refused as well as one at the end.
            var within = new BindMount(Path.Combine(Volume, "within"), "/data") { IsForeign = true };
            Directory.CreateDirectory(Path.Combine(secret, "within"));
            await Assert.ThrowsAsync<ContainerRuntimeException>(() => runtime.CreateAsync(Spec("c2") with { Mounts = [within] }, None));
        });

    /// <summary>Links that a container leaves in a volume must lead nowhere outside, for the next container and for the cell.</summary>
    [Fact]
    public Task Has_links_that_lead_nowhere_out_of_the_container() =>
        _cell.RunAsync(async runtime =>
        {
            await File.WriteAllTextAsync(Path.Combine(_cell.Directory, "outside"), "secret");
            await runtime.CreateAsync(Spec("c1") with { Mounts = [Mount("/data")] }, None);
            await LinesAsync(
                runtime,
                "c1",
                $"ln -s {_cell.Directory}/outside /data/up; ln -s ../../outside /data/relative; mkfifo /data/pipe"
            );
            await runtime.CreateAsync(Spec("c2") with { Mounts = [Mount("/data")] }, None);
            Assert.Equal(
                ["no", "no"],
                await LinesAsync(runtime, "c2", "cat /data/up 2>/dev/null || echo no; cat /data/relative 2>/dev/null || echo no")
            );
            foreach (var name in (string[])["up", "relative", "pipe"])
                await Assert.ThrowsAnyAsync<Exception>(() => runtime.ReadFileAsync("c2", $"/data/{name}", 100, None));
        });

    [Fact]
    public Task Survives_a_restart_of_the_rep_and_leaves_no_mount() =>
        _cell.Namespace.RunAsync(async () =>
        {
            var first = await _cell.StartAsync();
            await first.CreateAsync(Spec("c1") with { Mounts = [Mount("/data")] }, None);
            await first.DisposeAsync();

            var second = await _cell.StartAsync();
            Assert.Equal(["by the machine"], await LinesAsync(second, "c1", "cat /data/given"));
            // The same request, as a restarted rep makes it.
            await second.CreateAsync(Spec("c1") with { Mounts = [Mount("/data")] }, None);
            await second.DestroyAsync("c1", None);
            Assert.True(File.Exists(Path.Combine(Volume, "given")));
        });

    /// <summary>
    /// runc refuses such a state directory. The kernel names mounts by their real path, so who looks for them by another deletes through
    /// them what is left of the container.
    /// </summary>
    [Fact]
    public async Task Is_left_alone_by_a_cell_whose_state_is_behind_a_link()
    {
        Directory.CreateSymbolicLink(_cell.Options.StateDirectory, Make("elsewhere"));
        await _cell.RunAsync(async runtime =>
        {
            await Assert.ThrowsAsync<ContainerRuntimeException>(() =>
                runtime.CreateAsync(Spec("c1") with { Mounts = [Mount("/data")] }, None)
            );
            Assert.Empty(await runtime.ListAsync(None));
            Assert.True(File.Exists(Path.Combine(Volume, "given")));
        });
    }

    [Fact]
    public Task Shows_the_owners_as_they_are_where_the_file_system_cannot_map_them() =>
        _cell.RunAsync(async runtime =>
        {
            // An overlay has no id-mapped mounts.
            var (lower, upper, work) = (Make("lower"), Make("upper"), Make("work"));
            var merged = Make("merged");
            Assert.Equal(
                0,
                (
                    await MachineAsync("mount", "-t", "overlay", "-o", $"lowerdir={lower},upperdir={upper},workdir={work}", "none", merged)
                ).ExitCode
            );
            try
            {
                File.SetUnixFileMode(merged, (UnixFileMode)0b111_111_111);
                await runtime.CreateAsync(
                    Spec("c1") with
                    {
                        Mounts = [new BindMount(merged, "/data", ReadOnly: false) { IsForeign = true }],
                    },
                    None
                );
                Assert.Equal(["65534", "0"], await LinesAsync(runtime, "c1", "stat -c %u /data; touch /data/x; stat -c %u /data/x"));
            }
            finally
            {
                await runtime.DestroyAsync("c1", None);
                await MachineAsync("umount", merged);
            }
        });

    private BindMount Mount(string destination, bool readOnly = false) => new(Volume, destination, readOnly) { IsForeign = true };

    private string Make(string name) => Directory.CreateDirectory(Path.Combine(_cell.Directory, name)).FullName;

    private static async Task<List<string>> LinesAsync(RuncRuntime runtime, string handle, string script)
    {
        var id = $"p{Guid.NewGuid():n}";
        var process = await runtime.StartProcessAsync(handle, id, Shell(script), None);
        await process.Exit.WaitAsync(Wait.Patience);
        return [.. (await ProcessTests.LinesAsync(runtime, handle, id)).Select(line => line.Text)];
    }
}
