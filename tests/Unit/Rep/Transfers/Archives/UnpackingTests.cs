using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Transfers.Archives;
using Scheduler.Rep.Transfers.Web;
using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.Unit.Rep.Transfers.Archives;

/// <summary>Archives of every kind, and those that want to get out.</summary>
public sealed class UnpackingTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unpack-");

    private UnpackLimits _limits = new(10_000, 10_000);

    public UnpackingTests() => Directory.CreateDirectory(Target);

    private string Target => Path.Combine(_folder.FullName, "target");

    private string Outside => Path.Combine(_folder.FullName, "outside");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("tar")]
    [InlineData("tgz")]
    [InlineData("zst")]
    public async Task A_tar_unpacks_with_modes_and_links(string kind)
    {
        var tar = new RawTar()
            .Header("./", '5', 0, mode: 0)
            .Header("app/", '5', 0, mode: 0b101_101_000)
            .Header("app/start", '0', 5, mode: 0b100_111_000_000)
            .Data("start")
            .Header("app/again", '1', 0, link: "app/start")
            .Header("app/link", '2', 0, link: "/etc/passwd")
            .Header("deep/er/file", '0', 3)
            .Data("low")
            .Header("dev/null", '3', 0)
            .Header("fifo", '6', 0)
            .End();

        await UnpackAsync(
            kind == "tgz" ? Gzip(tar)
            : kind == "zst" ? Zstd(tar)
            : tar
        );

        Assert.Equal(["app", "app/again", "app/link", "app/start", "deep", "deep/er", "deep/er/file"], Tree());
        Assert.Equal("start", await File.ReadAllTextAsync(Path.Combine(Target, "app", "again")));
        Assert.Equal("/etc/passwd", new FileInfo(Path.Combine(Target, "app", "link")).LinkTarget);
        // For every user of a container, without the set-user-id bit.
        Assert.Equal("755", Mode("app/start"));
        Assert.Equal("644", Mode("deep/er/file"));
        Assert.Equal("755", Mode("app"));
    }

    [Fact]
    public async Task A_zip_unpacks_with_modes_and_links()
    {
        var zip = Zip(archive =>
        {
            archive.CreateEntry("app/");
            Entry(archive, "app/start", "start", 0b1000_000_111_101_101);
            Entry(archive, "app/plain", "plain", 0);
            Entry(archive, "app/link", "start", 0b1010_000_111_111_111);
        });

        await UnpackAsync(zip);

        Assert.Equal(["app", "app/link", "app/plain", "app/start"], Tree());
        Assert.Equal(("755", "644"), (Mode("app/start"), Mode("app/plain")));
        Assert.Equal("start", new FileInfo(Path.Combine(Target, "app", "link")).LinkTarget);
    }

    [Theory]
    [InlineData("just text")]
    [InlineData("PK")]
    [InlineData("")]
    public async Task What_is_no_archive_is_one_file(string content)
    {
        await File.WriteAllTextAsync(Path.Combine(Target, "given"), "earlier");

        await UnpackAsync(Encoding.UTF8.GetBytes(content));

        Assert.Equal(["given"], Tree());
        Assert.Equal(content, await File.ReadAllTextAsync(Path.Combine(Target, "given")));
    }

    [Fact]
    public async Task A_compressed_file_that_is_no_tar_stays_as_it_is()
    {
        var content = Gzip(
            new byte[600]
                .Select((_, i) => (byte)(i % 250))
                .ToArray()
        );

        await UnpackAsync(content);

        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(Target, "given")));
    }

    [Fact]
    public async Task Archives_without_entries_unpack_to_nothing()
    {
        await UnpackAsync(Gzip(new byte[1024]));
        await UnpackAsync(Zip(_ => { }));

        Assert.Empty(Tree());
    }

    [Theory]
    [InlineData("../out", '0', "", "its entry '../out' leaves the directory with '..'")]
    [InlineData("a/../../out", '0', "", "its entry 'a/../../out' leaves the directory with '..'")]
    [InlineData("here/out", '0', "", "'here/out' leads out of its directory over a symbolic link, or onto a mount")]
    [InlineData("here/deep/out", '0', "", "'here/deep/out' leads out of its directory over a symbolic link, or onto a mount")]
    [InlineData("up/out", '0', "", "'up/out' leads out of its directory over a symbolic link, or onto a mount")]
    [InlineData("loop/out", '0', "", "'loop/out' cannot be written: Too many levels of symbolic links")]
    [InlineData("file/out", '0', "", "'file/out' cannot be written: Not a directory")]
    [InlineData("hard", '1', "here/secret", "'hard' leads out of its directory over a symbolic link, or onto a mount")]
    [InlineData("hard", '1', "../outside/secret", "its entry 'hard' leaves the directory with '..'")]
    [InlineData("hard", '1', "here", "its entry 'hard' links to 'here', which is not a file of the archive")]
    [InlineData("hard", '1', "missing", "its entry 'hard' links to 'missing', which is not a file of the archive")]
    [InlineData("hard", '1', "", "its entry 'hard' links to '', which is not a file of the archive")]
    [InlineData("soft", '2', "", "its entry 'soft' is a symbolic link to what is no path")]
    [InlineData("dir", '0', "", "'dir' cannot be written: Directory not empty")]
    [InlineData(".", '0', "", "its entry '.' names the directory itself, and is none")]
    public async Task Nothing_gets_out(string name, char type, string link, string message)
    {
        // As an archive can bring it along, or a container put it there in the meantime.
        Directory.CreateDirectory(Outside);
        await File.WriteAllTextAsync(Path.Combine(Outside, "secret"), "secret");
        File.CreateSymbolicLink(Path.Combine(Target, "here"), Outside);
        File.CreateSymbolicLink(Path.Combine(Target, "up"), "../outside");
        File.CreateSymbolicLink(Path.Combine(Target, "loop"), "loop");
        Directory.CreateDirectory(Path.Combine(Target, "dir", "full"));
        await File.WriteAllTextAsync(Path.Combine(Target, "file"), "file");

        var failure = await FailureAsync(new RawTar().Header(name, type, 0, link: link).End());

        Assert.Equal((message, true), (failure.Message, failure.IsPermanent));
        Assert.Equal(["secret"], Directory.GetFileSystemEntries(Outside).Select(Path.GetFileName));
    }

    [Fact]
    public async Task What_exists_is_replaced_and_never_written_through()
    {
        Directory.CreateDirectory(Outside);
        await File.WriteAllTextAsync(Path.Combine(Outside, "file"), "outside");
        File.CreateSymbolicLink(Path.Combine(Target, "file"), Path.Combine(Outside, "file"));
        File.CreateSymbolicLink(Path.Combine(Target, "inside"), "there");
        Directory.CreateDirectory(Path.Combine(Target, "there"));

        await UnpackAsync(
            new RawTar().Header("file", '0', 3).Data("new").Header("inside/", '5', 0).Header("inside/x", '0', 1).Data("x").End()
        );

        Assert.Equal("outside", await File.ReadAllTextAsync(Path.Combine(Outside, "file")));
        Assert.Equal("new", await File.ReadAllTextAsync(Path.Combine(Target, "file")));
        Assert.Equal("x", await File.ReadAllTextAsync(Path.Combine(Target, "there", "x")));
    }

    [Fact]
    public async Task A_zip_that_wants_out_is_refused()
    {
        Assert.Equal(
            "its entry '../../out' leaves the directory with '..'",
            (await FailureAsync(Zip(archive => Entry(archive, "../../out", "x", 0)))).Message
        );
        Assert.Equal(
            "'link/out' leads out of its directory over a symbolic link, or onto a mount",
            (
                await FailureAsync(
                    Zip(archive =>
                    {
                        Entry(archive, "link", "/tmp", 0b1010_000_111_111_111);
                        Entry(archive, "link/out", "x", 0);
                    })
                )
            ).Message
        );
    }

    [Fact]
    public async Task Bombs_are_cut_short()
    {
        _limits = new UnpackLimits(1000, 5);
        const string bytes = "its entry 'b' is too large: the archive unpacks to more than 1000 bytes";
        Assert.Equal(
            bytes,
            (
                await FailureAsync(
                    Gzip(new RawTar().Header("a", '0', 600).Data(new byte[600]).Header("b", '0', 600).Data(new byte[600]).End())
                )
            ).Message
        );
        Assert.Equal(
            bytes,
            (
                await FailureAsync(
                    Zip(archive =>
                    {
                        Entry(archive, "a", new string('a', 600), 0);
                        Entry(archive, "b", new string('b', 600), 0);
                    })
                )
            ).Message
        );
        Assert.Equal(
            "its entry 'e/4' is one too many: the limit is 5 entries", // with the directory
            (await FailureAsync(Enumerable.Range(0, 6).Aggregate(new RawTar(), (tar, i) => tar.Header($"e/{i}", '0', 0)).End())).Message
        );
        Assert.Equal(
            "its entry '1/2/3/4/5/6/7' needs more directories than the limit of 5 entries allows",
            (await FailureAsync(new RawTar().Header("1/2/3/4/5/6/7", '0', 0).End())).Message
        );
    }

    [Fact]
    public async Task Broken_archives_are_said_to_be_broken()
    {
        var tar = new RawTar().Header("file", '0', 5000).Data(new byte[5000]).End();
        var gzip = Gzip(Enumerable.Range(0, 5000).Aggregate(new RawTar(), (all, i) => all.Header($"f{i}", '0', 0)).End());
        var zip = Zip(archive => Entry(archive, "file", "content", 0));

        Assert.StartsWith(
            "it is not a valid tar archive: it is cut off",
            (await FailureAsync(tar[..2000])).Message,
            StringComparison.Ordinal
        );
        Assert.StartsWith("it is not ", (await FailureAsync(gzip[..(gzip.Length / 2)])).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "it is not valid gzip data",
            (await FailureAsync([0x1F, 0x8B, .. new byte[50]])).Message,
            StringComparison.Ordinal
        );
        Assert.StartsWith("it is not a valid zip archive", (await FailureAsync(zip[..^10])).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "it is not a valid zip archive",
            (await FailureAsync([.. "PK\u0003\u0004"u8, .. new byte[50]])).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_zip_that_is_all_directory_is_refused_before_it_is_read()
    {
        var end = new byte[22];
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x0605_4b50);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), 4);
        var path = Path.Combine(_folder.FullName, "zip");
        await using (var file = File.Create(path))
        {
            await file.WriteAsync("PK\u0003\u0004"u8.ToArray());
            file.SetLength(ZipDirectory.Largest + 100);
            file.Seek(0, SeekOrigin.End);
            await file.WriteAsync(end);
        }

        var failure = await Assert.ThrowsAsync<TransferException>(() => UnpackFileAsync(path, default));

        Assert.Contains("its directory has more than", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_room_ends_it()
    {
        var path = Path.Combine(_folder.FullName, "tar");
        await File.WriteAllBytesAsync(path, new RawTar().Header("a", '0', 5).Data("aaaaa").Header("b", '0', 0).End());
        var grown = new List<long>();

        await Assert.ThrowsAsync<TransferException>(() =>
            Unpacking.RunAsync(
                path,
                _ => new UnpackPlace(OpenDirectory.Open(Target), null),
                null,
                new UnpackLimits(
                    1000,
                    5,
                    bytes =>
                    {
                        grown.Add(bytes);
                        if (bytes > 10_000)
                            throw new TransferException("no room");
                    }
                ),
                0,
                default
            )
        );

        // A file takes its blocks and one for itself.
        Assert.Equal([8192, 12288], grown);
    }

    [Theory]
    [InlineData(1000u, 1000u, 0x1C0, true, true)]
    [InlineData(1000u, 1000u, 0x03F, false, false)]
    [InlineData(0u, 1000u, 0x010, false, true)]
    [InlineData(0u, 1001u, 0x030, true, true)]
    [InlineData(0u, 1001u, 0x007, false, false)]
    [InlineData(0u, 0u, 0x006, true, true)]
    [InlineData(0u, 0u, 0x1F8, false, false)]
    public void A_user_may_do_what_the_modes_say(uint user, uint group, int mode, bool reads, bool changes)
    {
        var owner = new FileOwner(1000, 1000, [1001], IsRoot: false);
        var facts = new FileFacts((ushort)(0x4000 | mode), 1, 1, 0, 0, 0, user, group);

        Assert.Equal((reads, changes), (owner.MayRead(facts), owner.MayChange(facts)));
        Assert.True(owner with { IsRoot = true } is var root && root.MayRead(facts) && root.MayChange(facts));
    }

    [Fact]
    public void In_a_sticky_directory_a_user_removes_only_its_own()
    {
        var owner = new FileOwner(1000, 1000, [], IsRoot: false);
        var sticky = new FileFacts(0x43FF, 1, 1, 0, 0, 0, 0, 0);

        Assert.True(owner.MayRemove(sticky, new FileFacts(0x81A4, 1, 2, 0, 0, 0, 1000, 0)));
        Assert.False(owner.MayRemove(sticky, new FileFacts(0x81A4, 1, 2, 0, 0, 0, 1001, 0)));
        Assert.True(owner.MayRemove(sticky with { Mode = 0x41FF }, new FileFacts(0x81A4, 1, 2, 0, 0, 0, 1001, 0)));
    }

    private async Task UnpackAsync(byte[] content)
    {
        var path = Path.Combine(_folder.FullName, "download");
        await File.WriteAllBytesAsync(path, content);
        await UnpackFileAsync(path, default);
    }

    private Task<long> UnpackFileAsync(string path, CancellationToken cancellation) =>
        Unpacking.RunAsync(path, _ => new UnpackPlace(OpenDirectory.Open(Target), "given"), null, _limits, 0b110_100_100, cancellation);

    private async Task<TransferException> FailureAsync(byte[] content) =>
        await Assert.ThrowsAsync<TransferException>(() => UnpackAsync(content));

    private IEnumerable<string> Tree() =>
        Directory
            .EnumerateFileSystemEntries(Target, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Target, path))
            .Order(StringComparer.Ordinal);

    private string Mode(string path) => Convert.ToString((int)File.GetUnixFileMode(Path.Combine(Target, path)), 8);

    private static byte[] Gzip(byte[] content)
    {
        using var all = new MemoryStream();
        using (var gzip = new GZipStream(all, CompressionMode.Compress))
            gzip.Write(content);
        return all.ToArray();
    }

    private static byte[] Zstd(byte[] content)
    {
        using var compressor = new ZstdSharp.Compressor();
        return compressor.Wrap(content).ToArray();
    }

    private static byte[] Zip(Action<ZipArchive> fill)
    {
        using var all = new MemoryStream();
        using (var archive = new ZipArchive(all, ZipArchiveMode.Create, leaveOpen: true))
            fill(archive);
        return all.ToArray();
    }

    private static void Entry(ZipArchive archive, string name, string content, int mode)
    {
        var entry = archive.CreateEntry(name);
        entry.ExternalAttributes = mode << 16;
        using var stream = entry.Open();
        stream.Write(Encoding.UTF8.GetBytes(content));
    }
}
