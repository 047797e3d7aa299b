using System.IO.Compression;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Rep.Transfers;
using Scheduler.Rep.Transfers.Archives;
using Scheduler.Rep.Transfers.Web;
using Scheduler.Tests.TestKit.Containers;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>What is downloaded into real containers and read from them, some of which want to get out.</summary>
public sealed class TransferTests : IAsyncLifetime
{
    private const string Handle = "c1";
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();
    private int _process;

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Downloads_belong_to_their_user() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec(Handle), None);
            var archive = Gzip(
                new RawTar()
                    .Header("app/", '5', 0, mode: 0b111_101_000)
                    .Header("app/start", '0', 3, mode: 0b111_101_101, user: 77)
                    .Data("abc")
                    .Header("app/link", '2', 0, link: "start")
                    .End()
            );
            var places = new ContainerPlaces(runtime, new TransferOptions());

            // As Cloud Foundry has it: relative to the user's home.
            await places.UnpackAsync(Download(archive), Handle, "vcap", ".", "app.tgz", None);
            await places.UnpackAsync(Download(archive), Handle, "vcap", "/srv/deep/new", "app.tgz", None);
            await places.UnpackAsync(Download("text"u8.ToArray()), Handle, "vcap", "/tmp/", "note.txt", None);
            await places.UnpackAsync(Download("more"u8.ToArray()), Handle, "root", "/tmp/named", "note.txt", None);

            Assert.Equal(
                """
                750 vcap:vcap app
                777 vcap:vcap app/link
                755 vcap:vcap app/start
                755 vcap:vcap /srv/deep/new
                755 vcap:vcap /srv/deep/new/app/start
                644 vcap:vcap /tmp/note.txt
                644 root:root /tmp/named
                abc
                """,
                await AskAsync(
                    runtime,
                    "cd /home/vcap; stat -c '%a %U:%G %n' app app/link app/start /srv/deep/new /srv/deep/new/app/start /tmp/note.txt /tmp/named; cat app/link"
                )
            );
        });

    [Fact]
    public Task Downloads_go_nowhere_else() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec(Handle), None);
            await AskAsync(
                runtime,
                "ln -s /etc /home/vcap/etc; ln -s ../../../../../../etc /home/vcap/up; mkdir /home/vcap/app; ln -s /etc /home/vcap/app/etc; ln -s /nowhere /home/vcap/lost"
            );
            var archive = Download(new RawTar().Header("scheduler-was-here", '0', 0).End());
            var over = Download(new RawTar().Header("etc/scheduler-was-here", '0', 0).End());
            var places = new ContainerPlaces(runtime, new TransferOptions());
            async Task<string> FailsAsync(string path, string user, string to) =>
                (await Assert.ThrowsAsync<TransferException>(() => places.UnpackAsync(path, Handle, user, to, null, None))).Message;

            const string denied = "'scheduler-was-here' cannot be written: the user has no permission to";
            Assert.Equal(denied, await FailsAsync(archive, "vcap", "/home/vcap/etc"));
            Assert.Equal(denied, await FailsAsync(archive, "vcap", "up"));
            Assert.Equal(
                "'etc/scheduler-was-here' leads out of its directory over a symbolic link, or onto a mount",
                await FailsAsync(over, "root", "/home/vcap/app")
            );
            foreach (var mount in (string[])["/proc", "/dev", "/dev/shm", "/sys", "/proc/1/root/tmp"])
                Assert.DoesNotContain("scheduler-was-here", await FailsAsync(archive, "root", mount), StringComparison.Ordinal);
            Assert.Equal("/dev/shm/x is on a mount, not on the container's disk", await FailsAsync(archive, "root", "/dev/shm/x"));
            Assert.Equal("the directory /etc/passwd cannot be made: Not a directory", await FailsAsync(archive, "root", "/etc/passwd"));

            // For root of the container a link of its own is good, and leads to its own files.
            await places.UnpackAsync(archive, Handle, "root", "/home/vcap/up", null, None);
            Assert.Equal(
                "/etc/scheduler-was-here",
                await AskAsync(runtime, "ls /etc/scheduler-was-here; ls /scheduler-was-here 2> /dev/null")
            );
            Assert.False(File.Exists("/etc/scheduler-was-here"));
        });

    [Fact]
    public Task A_container_that_swaps_directories_under_a_download_gains_nothing() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec(Handle), None);
            var swapping = await runtime.StartProcessAsync(
                Handle,
                "swap",
                Shell(
                    "cd /tmp; mkdir t; while [ ! -e stop ]; do mkdir -p t/d; mv t/d t/old; ln -s /etc t/d; rm -f t/d; rm -rf t/old; done",
                    "vcap"
                ),
                None
            );
            await Wait.UntilAsync(async () => await AskAsync(runtime, "ls -d /tmp/t") == "/tmp/t");
            var tar = Enumerable.Range(0, 100).Aggregate(new RawTar(), (all, i) => all.Header($"d/{i}/scheduler-{i}", '0', 0));
            var archive = Download(tar.End());
            var places = new ContainerPlaces(runtime, new TransferOptions());
            for (var round = 0; round < 20; round++)
            {
                try
                {
                    await places.UnpackAsync(archive, Handle, "vcap", "/tmp/t", null, None);
                }
                catch (TransferException)
                {
                    // It fails or not, as the container has it.
                }
            }

            await AskAsync(runtime, "touch /tmp/stop");
            await swapping.Exit.WaitAsync(Wait.Patience);

            Assert.Equal("", await AskAsync(runtime, "find /etc / -xdev -maxdepth 2 -name 'scheduler-*'"));
            Assert.Empty(Directory.GetFileSystemEntries("/etc", "scheduler-*"));
        });

    [Fact]
    public Task A_full_container_and_an_unknown_user_are_said_to_be_so() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec(Handle) with { Limits = new ContainerLimits { DiskMb = 4 } }, None);
            var archive = Download(Gzip(new RawTar().Header("large", '0', 8 << 20).Data(new byte[8 << 20]).End()));
            var places = new ContainerPlaces(runtime, new TransferOptions());

            var full = await Assert.ThrowsAsync<TransferException>(() => places.UnpackAsync(archive, Handle, "root", "/tmp", null, None));
            var unknown = await Assert.ThrowsAsync<ProcessStartException>(() =>
                places.UnpackAsync(archive, Handle, "nobody-here", "/tmp", null, None)
            );

            Assert.Equal("'large' cannot be written: No space left on device", full.Message.Split(" : ")[0]);
            Assert.False(full.IsPermanent);
            Assert.Equal("user 'nobody-here' is not in the container's /etc/passwd", unknown.Message);
        });

    [Fact]
    public Task Uploads_read_what_their_user_may_read() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec(Handle), None);
            await AskAsync(
                runtime,
                "mkfifo /tmp/fifo; echo secret > /root-only; chmod 600 /root-only; ln -s /etc/hostname /tmp/out; ln -s /tmp/loop /tmp/loop; echo mine > /tmp/mine"
            );
            var places = new ContainerPlaces(runtime, new TransferOptions());
            string Fails(string user, string path) =>
                Assert.Throws<TransferException>(() => places.OpenFile(Handle, user, path).Dispose()).Message;

            Assert.Equal("/tmp/fifo is not a regular file", Fails("vcap", "/tmp/fifo"));
            Assert.Equal("/dev/zero is not a regular file", Fails("vcap", "/dev/zero"));
            Assert.Equal("/tmp is not a regular file", Fails("vcap", "/tmp"));
            Assert.Equal("/missing does not exist", Fails("vcap", "/missing"));
            Assert.Equal("/tmp/loop cannot be opened", Fails("vcap", "/tmp/loop"));
            Assert.Equal("the user may not read /root-only", Fails("vcap", "/root-only"));
            Assert.Equal("secret\n", Read(places.OpenFile(Handle, "root", "/root-only")));
            Assert.Equal("mine\n", Read(places.OpenFile(Handle, "vcap", "../../tmp/mine")));
            Assert.Equal($"{Handle}\n", Read(places.OpenFile(Handle, "vcap", "/tmp/out")));
        });

    [Fact]
    public Task A_dependency_runs_for_every_user_and_cannot_be_changed() =>
        _cell.RunAsync(async runtime =>
        {
            var content = Path.Combine(_cell.Directory, "closed", "content");
            Directory.CreateDirectory(content);
            File.SetUnixFileMode(
                Path.GetDirectoryName(content)!,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
            var archive = Download(
                new RawTar()
                    .Header("bin/", '5', 0, mode: 0b111_000_000)
                    .Header("bin/tool", '0', 20, mode: 0b111_000_000)
                    .Data("#!/bin/sh\necho works\n")
                    .End()
            );
            await Unpacking.RunAsync(
                archive,
                _ => new UnpackPlace(OpenDirectory.Open(content), null),
                null,
                new UnpackLimits(1_000, 10),
                0,
                None
            );
            await runtime.CreateAsync(Spec(Handle) with { Mounts = [new(content, "/opt/tool")] }, None);

            Assert.Equal("works", await AskAsync(runtime, "/opt/tool/bin/tool", "vcap"));
            Assert.Equal("refused", await AskAsync(runtime, "touch /opt/tool/x 2> /dev/null || echo refused"));
            Assert.Equal("refused", await AskAsync(runtime, "{ echo > /opt/tool/bin/tool; } 2> /dev/null || echo refused"));
        });

    private static string Read(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        using var reader = new StreamReader(new FileStream(file, FileAccess.Read));
        return reader.ReadToEnd();
    }

    private string Download(byte[] content)
    {
        var path = Path.Combine(_cell.Directory, $"download-{Guid.NewGuid():N}");
        File.WriteAllBytes(path, content);
        return path;
    }

    private static byte[] Gzip(byte[] content)
    {
        using var all = new MemoryStream();
        using (var gzip = new GZipStream(all, CompressionMode.Compress))
            gzip.Write(content);
        return all.ToArray();
    }

    /// <summary>The output of a script in the container.</summary>
    private async Task<string> AskAsync(RuncRuntime runtime, string script, string user = "root")
    {
        var id = $"ask{_process++}";
        var process = await runtime.StartProcessAsync(Handle, id, Shell(script, user), None);
        await process.Exit.WaitAsync(Wait.Patience);
        return string.Join('\n', (await ProcessTests.LinesAsync(runtime, Handle, id)).Select(line => line.Text));
    }
}
