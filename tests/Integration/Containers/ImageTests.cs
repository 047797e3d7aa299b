using System.Formats.Tar;
using System.Text;
using Scheduler.Cli.Images;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

public sealed class ImageTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    private string Image => Path.Combine(_cell.Directory, "image");

    private string Layers => Path.Combine(_cell.Options.StateDirectory, "images", "layers");

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Runs_an_image_from_a_directory_and_from_an_archive_and_unpacks_its_layer_once() =>
        _cell.RunAsync(async runtime =>
        {
            var image = BusyboxImage.Build(files: new Dictionary<string, string> { ["www/index.html"] = "hello" });
            image.WriteDirectory(Image, "v1");
            BusyboxImage.Build(files: new Dictionary<string, string> { ["www/index.html"] = "hello" }).WriteArchive(Image + ".tar", "v1");

            await Task.WhenAll(
                runtime.CreateAsync(Spec("c1") with { RootFs = $"oci://{Image}:v1" }, None),
                runtime.CreateAsync(Spec("c2") with { RootFs = $"oci://{Image}" }, None),
                runtime.CreateAsync(Spec("c3") with { RootFs = $"oci://{Image}.tar:v1" }, None)
            );
            foreach (var handle in (string[])["c1", "c2", "c3"])
                Assert.Equal("hello", await SayAsync(runtime, handle, "cat /www/index.html"));
            Assert.Single(Directory.GetDirectories(Layers));
        });

    [Fact]
    public Task Lays_layers_over_each_other_with_whiteouts_links_owners_and_modes() =>
        _cell.RunAsync(async runtime =>
        {
            var image = new OciLayoutBuilder
            {
                Environment = ["PATH=/bin", "FROM=image", "OVER=image"],
                User = "vcap:web",
                WorkingDirectory = "/data",
            };
            image.AddLayer(tar =>
                BusyboxImage.Write(
                    tar,
                    "/bin/busybox",
                    new Dictionary<string, string>
                    {
                        ["data/gone"] = "x",
                        ["data/kept"] = "below",
                        ["hidden/a"] = "x",
                        ["hidden/b"] = "x",
                    }
                )
            );
            image.AddLayer(
                tar =>
                {
                    Write(tar, "data/.wh.gone", "");
                    Write(tar, "hidden/.wh..wh..opq", "");
                    Write(tar, "hidden/c", "new");
                    tar.WriteEntry(
                        new PaxTarEntry(TarEntryType.RegularFile, "data/owned")
                        {
                            Uid = 2000,
                            Gid = 3000,
                            Mode = (UnixFileMode)0b100_110_100_000,
                            DataStream = new MemoryStream("owned"u8.ToArray()),
                        }
                    );
                    tar.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "data/hard") { LinkName = "data/owned" });
                    tar.WriteEntry(new PaxTarEntry(TarEntryType.CharacterDevice, "data/device") { DeviceMajor = 1, DeviceMinor = 1 });
                    tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "data/out") { LinkName = "/etc/passwd" });
                },
                gzip: false
            );
            image.WriteDirectory(Image);

            await runtime.CreateAsync(Spec("c1") with { RootFs = $"oci://{Image}:latest", Environment = [new("OVER", "container")] }, None);
            var said = await SayAsync(
                runtime,
                "c1",
                "pwd; ls /data /hidden; cat kept; echo; stat -c '%u:%g %a %h' hard; id -u; id -g; echo $FROM $OVER; head -n 1 out"
            );
            Assert.Equal(
                "/data /data: hard kept out owned /hidden: c below 2000:3000 4640 2 2000 3000 image container root:x:0:0:root:/root:/bin/sh",
                said
            );
        });

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public Task Mounts_a_hundred_layers() =>
        _cell.RunAsync(async runtime =>
        {
            var image = new OciLayoutBuilder();
            image.AddLayer(tar => BusyboxImage.Write(tar, "/bin/busybox", new Dictionary<string, string>()));
            for (var i = 0; i < 99; i++)
                image.AddLayer(tar => Write(tar, $"layer-{i}", $"{i}"));
            image.WriteDirectory(Image);

            await runtime.CreateAsync(Spec("c1") with { RootFs = $"oci://{Image}" }, None);
            Assert.Equal("99", await SayAsync(runtime, "c1", "ls -d /layer-* | wc -l"));
        });

    [Theory]
    [InlineData("../../evil", "leaves the layer with '..'")]
    [InlineData("a/../../evil", "leaves the layer with '..'")]
    [InlineData("link/evil", "leads through the symbolic link 'link'")]
    public async Task Refuses_an_entry_that_leads_out_of_its_layer(string name, string rule)
    {
        var image = BusyboxImage.Build();
        var digest = image.AddLayer(tar =>
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = _cell.Directory });
            Write(tar, name, "evil");
        });
        image.WriteDirectory(Image);
        var message = await RefusedAsync();
        Assert.Contains($"image oci://{Image}: entry '{name}' of layer {digest} {rule}", message);
        Assert.Empty(Directory.GetFiles(_cell.Directory, "evil", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Refuses_a_hard_link_out_of_its_layer()
    {
        var image = BusyboxImage.Build();
        image.AddLayer(tar =>
            tar.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "passwd") { LinkName = "../../../../../../etc/passwd" })
        );
        image.WriteDirectory(Image);
        Assert.Contains("entry 'passwd'", await RefusedAsync());
    }

    [Fact]
    public async Task Refuses_a_blob_that_is_not_what_its_digest_says()
    {
        var image = BusyboxImage.Build();
        var digest = image.AddLayer(tar => Write(tar, "file", "content"), gzip: false);
        image.WriteDirectory(Image);
        var blob = Path.Combine(Image, "blobs", "sha256", digest["sha256:".Length..]);
        var content = await File.ReadAllBytesAsync(blob);
        content[content.AsSpan().IndexOf("content"u8)] ^= 1;
        await File.WriteAllBytesAsync(blob, content);
        Assert.Contains($"blob {digest} does not match its digest", await RefusedAsync());
        await File.WriteAllBytesAsync(blob, [.. content, 0]);
        Assert.Contains($"blob {digest} is larger than {content.Length} bytes", await RefusedAsync());
        await File.WriteAllBytesAsync(blob, content[..^1024]);
        Assert.Contains($"blob {digest}", await RefusedAsync());
        File.Delete(blob);
        Assert.Contains($"blob {digest} is missing", await RefusedAsync());
    }

    [Fact]
    public async Task Refuses_what_it_cannot_unpack_and_says_which_blob()
    {
        var zstd = BusyboxImage.Build();
        var digest = zstd.AddLayer(
            [0x28, 0xB5, 0x2F, 0xFD, 0, 0, 0, 0],
            "application/vnd.oci.image.layer.v1.tar+zstd",
            OciLayoutBuilder.Digest([])
        );
        zstd.WriteDirectory(Image);
        Assert.Contains($"layer {digest} is not valid zstd data", await RefusedAsync());

        var broken = BusyboxImage.Build();
        digest = broken.AddLayer(
            [0x1F, 0x8B, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
            "application/vnd.oci.image.layer.v1.tar+gzip",
            OciLayoutBuilder.Digest([])
        );
        broken.WriteDirectory(Image);
        Assert.Contains($"layer {digest} is not valid gzip data", await RefusedAsync());

        var wrongDiff = BusyboxImage.Build();
        digest = wrongDiff.AddLayer(new byte[10_240], "application/vnd.oci.image.layer.v1.tar", OciLayoutBuilder.Digest([1]));
        wrongDiff.WriteDirectory(Image);
        Assert.Contains($"layer {digest} unpacks to", await RefusedAsync());

        var large = BusyboxImage.Build();
        large.AddLayer(tar =>
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "large") { DataStream = new MemoryStream(new byte[9 << 20]) })
        );
        large.WriteDirectory(Image);
        _cell.Images.MaxLayerBytes = 8 << 20;
        Assert.Contains("the layer unpacks to more than 8388608 bytes", await RefusedAsync());
    }

    [Fact]
    public async Task Removes_layers_that_nobody_uses_when_the_store_is_full()
    {
        _cell.Images.MaxStoreBytes = 3 << 20; // one busybox has 2 MB
        await _cell.RunAsync(async runtime =>
        {
            for (var i = 0; i < 3; i++)
                BusyboxImage.Build(files: new Dictionary<string, string> { ["number"] = $"{i}" }).WriteDirectory($"{Image}{i}");
            await runtime.CreateAsync(Spec("c0") with { RootFs = $"oci://{Image}0" }, None);
            await runtime.CreateAsync(Spec("c1") with { RootFs = $"oci://{Image}1" }, None);
            Assert.Equal(2, Directory.GetDirectories(Layers).Length);
            await runtime.DestroyAsync("c0", None);
            await runtime.CreateAsync(Spec("c2") with { RootFs = $"oci://{Image}2" }, None);

            Assert.Equal(2, Directory.GetDirectories(Layers).Length);
            Assert.Equal("1", await SayAsync(runtime, "c1", "cat /number"));
            Assert.Equal("2", await SayAsync(runtime, "c2", "cat /number"));
        });
    }

    /// <summary>Creates a container from the image, which must fail and leave nothing behind, and returns the message.</summary>
    private async Task<string> RefusedAsync()
    {
        var message = "";
        await _cell.RunAsync(async runtime =>
        {
            var refused = await Assert.ThrowsAsync<DomainException>(() =>
                runtime.CreateAsync(Spec("bad") with { RootFs = $"oci://{Image}" }, None)
            );
            Assert.Equal(ErrorKind.InvalidRequest, refused.Kind);
            Assert.Equal("rootfs", Assert.Single(refused.Error.Violations).Field);
            Assert.Empty(await runtime.ListAsync(None));
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_cell.Options.StateDirectory, "images", "unpacking")));
            Assert.InRange(Directory.GetDirectories(Layers).Length, 0, 1); // the good layer below may stay
            message = refused.Message;
            await runtime.DisposeAsync();
        });
        return message;
    }

    private static async Task<string> SayAsync(RuncRuntime runtime, string handle, string script)
    {
        var process = await runtime.StartProcessAsync(handle, "say", Shell(script), None);
        await process.Exit.WaitAsync(Wait.Patience);
        return string.Join(' ', (await ProcessTests.LinesAsync(runtime, handle, "say")).Select(line => line.Text));
    }

    private static void Write(TarWriter tar, string name, string content) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) });
}
