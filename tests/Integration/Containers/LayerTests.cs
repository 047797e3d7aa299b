using System.Text;
using Scheduler.Cli.Images;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>Layers as real build tools write them, each applied over those below it.</summary>
public sealed class LayerTests : IDisposable
{
    private readonly ImageStoreFixture _fixture = new();
    private readonly OciLayoutBuilder _image = new();

    private string Layout => Path.Combine(_fixture.Directory, "layout");

    private string Url => $"oci://{Layout}";

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_directory_that_a_layer_implies_stays_what_a_lower_layer_made_it()
    {
        _image.AddLayer(
            new RawTar()
                .Header("./", '5', 0, mode: 0b111_101_000)
                .Header("tmp/", '5', 0, mode: 0b1_111_111_111)
                .Header("home/app/", '5', 0, mode: 0b111_101_000, user: 1000, group: 1001)
                .End()
        );
        _image.AddLayer(
            new RawTar()
                .Header("tmp/info", '0', 1)
                .Data("x")
                .Header("home/app/config", '0', 1)
                .Data("x")
                .Header("new/dir/file", '0', 1)
                .Data("x")
                .End()
        );
        var root = await MountAsync();
        Assert.Equal(("1777", "0:0"), Facts(root, "tmp"));
        Assert.Equal(("750", "1000:1001"), Facts(root, "home/app"));
        Assert.Equal(("755", "0:0"), Facts(root, "new/dir"));
        Assert.Equal(("750", "0:0"), Facts(Path.GetDirectoryName(LowerRoots().Last())!, "fs"));
    }

    [Fact]
    public async Task Absolute_names_and_targets_are_relative_to_the_root_and_links_reach_lower_layers()
    {
        _image.AddLayer(new RawTar().Header("lib/", '5', 0).Header("lib/old", '0', 3).Data("old").End());
        _image.AddLayer(
            new RawTar()
                .Header("/", '5', 0, mode: 0b111_101_101)
                .Header("/opt/app", '0', 3)
                .Data("app")
                .Header("opt/link", '1', 0, link: "/opt/app")
                .Header("/opt/old", '1', 0, link: "lib/old")
                .End()
        );
        var root = await MountAsync();
        Assert.Equal(["app", "app", "old"], Read(root, "opt/app", "opt/link", "opt/old"));
        Assert.Equal(2u, Native.Stat(Path.Combine(root, "opt/link"))!.Value.Links);
        Assert.Equal(Native.Stat(Path.Combine(root, "lib/old"))!.Value.Inode, Native.Stat(Path.Combine(root, "opt/old"))!.Value.Inode);
    }

    [Fact]
    public async Task Whiteouts_hide_what_is_below_at_any_level_and_nothing_of_their_own_layer()
    {
        _image.AddLayer(
            new RawTar()
                .Header("secret", '0', 0)
                .Header("a/b/deep", '0', 0)
                .Header("a/b/other", '0', 0)
                .Header("c/d/e", '0', 0)
                .Header("f/g", '0', 0)
                .Header("kept", '0', 0)
                .Header("h/i", '0', 0)
                .End()
        );
        _image.AddLayer(
            new RawTar()
                .Header("a/b/mine", '0', 0)
                .Header("a/b/.wh..wh..opq", '0', 0) // after what it must not hide
                .Header(".wh.secret", '0', 0)
                .Header("c/.wh.d", '0', 0)
                .Header("c/d/new", '0', 0) // hidden, then created again
                .Header("f/g", '0', 1)
                .Data("2")
                .Header("f/.wh.g", '0', 0)
                .Header("h/i", '1', 0, link: "kept")
                .Header("h/.wh..wh..opq", '0', 0)
                .Header(".wh..wh.plnk/1.2", '0', 0)
                .End()
        );
        Assert.Equal(["a", "a/b", "a/b/mine", "c", "c/d", "c/d/new", "f", "f/g", "h", "h/i", "kept"], Tree(await MountAsync()));
    }

    [Fact]
    public async Task An_opaque_root_hides_everything_below()
    {
        _image.AddLayer(new RawTar().Header("secret", '0', 0).Header("etc/old", '0', 0).Header("usr/lib/x", '0', 0).End());
        _image.AddLayer(new RawTar().Header("etc/new", '0', 0).Header(".wh..wh..opq", '0', 0).Header("bin/sh", '0', 0).End());
        _image.AddLayer(new RawTar().Header("etc/newer", '0', 0).End());
        Assert.Equal(["bin", "bin/sh", "etc", "etc/new", "etc/newer"], Tree(await MountAsync()));
    }

    [Fact]
    public async Task A_file_takes_the_place_of_a_directory_and_the_other_way_round()
    {
        _image.AddLayer(
            new RawTar().Header("a/x", '0', 0).Header("b", '0', 0).Header("lib", '2', 0, link: "usr/lib").Header("usr/lib/", '5', 0).End()
        );
        _image.AddLayer(
            new RawTar()
                .Header("a", '0', 0)
                .Header("b/", '5', 0)
                .Header("b/y", '0', 0)
                .Header("lib/through", '0', 0)
                .Header("twice", '0', 1)
                .Data("1")
                .Header("twice", '0', 1)
                .Data("2")
                .End()
        );
        var root = await MountAsync();
        Assert.Equal(["a", "b", "b/y", "lib", "twice", "usr", "usr/lib", "usr/lib/through"], Tree(root));
        Assert.Equal(["2"], Read(root, "twice"));
    }

    [Fact]
    public async Task Sparse_files_have_their_holes_and_no_more_room_than_their_bytes()
    {
        _image.AddLayer(new RawTar().OldSparse("log", 64 << 20, 3, [((64 << 20) - 3, 3)]).Data("end").End());
        var root = await MountAsync();
        using var file = File.OpenRead(Path.Combine(root, "log"));
        Assert.Equal(64 << 20, file.Length);
        file.Seek(-4, SeekOrigin.End);
        Assert.Equal([0, (byte)'e', (byte)'n', (byte)'d'], new BinaryReader(file).ReadBytes(4));
        Assert.InRange(Native.Stat(file.Name)!.Value.Blocks, 0, 64);
    }

    [Fact]
    public async Task Names_are_bytes_and_can_be_removed_again()
    {
        _image.AddLayer(new RawTar().Header("d/gr\u00fcn", '0', 1).Data("1").Header("d/gr\u00f6n", '0', 1).Data("2").End()); // RawTar writes names as Latin-1
        _image.AddLayer(new RawTar().Header("d/.wh.gr\u00fcn", '0', 0).End());
        using var directory = OpenDirectory.Open(Path.Combine(await MountAsync(), "d"));
        Assert.Equal([(byte)'g', (byte)'r', 0xF6, (byte)'n'], Assert.Single(directory.Names()));
    }

    [Fact]
    public async Task Capabilities_set_user_id_bits_large_ids_and_times_are_kept_and_overlay_attributes_are_not()
    {
        _image.AddLayer(
            new RawTar()
                .Pax(
                    ("SCHILY.xattr.security.capability", "\u0001\0\0\u0002\0\u0004\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                    ("SCHILY.xattr.trusted.overlay.opaque", "y"),
                    ("uid", "3000000000"),
                    ("gid", "4294967294"),
                    ("mtime", "1234567890.5")
                )
                .Header("bin/bind", '0', 1, mode: 0b100_111_101_101)
                .Data("x")
                .Header("bin/link", '2', 0, link: "bind", user: 7)
                .End()
        );
        var root = await MountAsync();
        var path = Path.Combine(root, "bin/bind");
        Assert.Equal(("4755", "3000000000:4294967294"), Facts(root, "bin/bind"));
        Assert.Equal("7:0", Facts(root, "bin/link").Owner);
        Assert.Equal(new DateTime(2009, 2, 13, 23, 31, 30, 500, DateTimeKind.Utc), File.GetLastWriteTimeUtc(path));
        var attributes = await Attributes.OfAsync(path);
        Assert.Contains("security.capability", attributes);
        Assert.DoesNotContain("opaque", await Attributes.OfAsync(Path.Combine(LowerRoots().Single(), "bin/bind")));
    }

    [Theory]
    [InlineData("link/evil", '0', "", "leads through the symbolic link 'link', which leads nowhere")]
    [InlineData("../evil", '0', "", "leaves the layer with '..'")]
    [InlineData("evil", '1', "../../etc/passwd", "leaves the layer with '..'")]
    [InlineData("evil", '1', "link/passwd", "which is not a file of this layer or of one below")]
    [InlineData("file/evil", '0', "", "is below 'file', which is not a directory")]
    [InlineData(".wh...", '0', "", "is a whiteout that names no file")]
    [InlineData("evil", 'M', "", "unknown type 'M'")]
    public async Task Nothing_leads_out_and_errors_name_image_layer_and_entry(string name, char type, string link, string rule)
    {
        var outside = Path.Combine(_fixture.Directory, "outside");
        Directory.CreateDirectory(outside);
        await File.WriteAllTextAsync(Path.Combine(outside, "passwd"), "x");
        _image.AddLayer(new RawTar().Header("file", '0', 0).Header("link", '2', 0, link: outside).End());
        var digest = _image.AddLayer(new RawTar().Header(name, type, 0, link: link).End());
        _image.WriteDirectory(Layout);
        var message = await ImageStoreFixture.RefusedAsync(_fixture.Open(), Url);
        Assert.Contains($"image {Url}", message);
        Assert.Contains(digest, message);
        Assert.Contains($"'{name}'", message);
        Assert.Contains(rule, message);
        Assert.Equal([Path.Combine(outside, "passwd")], Directory.GetFileSystemEntries(outside));
    }

    [Fact]
    public async Task A_link_to_the_root_of_the_machine_stays_in_the_image()
    {
        _image.AddLayer(
            new RawTar().Header("etc/", '5', 0).Header("up", '2', 0, link: "../../../../../../..").Header("abs", '2', 0, link: "/etc").End()
        );
        _image.AddLayer(
            new RawTar()
                .Header("up/scheduler-was-here", '0', 0)
                .Header("abs/scheduler-was-here", '0', 0)
                .Header("up/etc/.wh.passwd", '0', 0)
                .End()
        );
        Assert.Equal(["abs", "etc", "etc/scheduler-was-here", "scheduler-was-here", "up"], Tree(await MountAsync()));
        Assert.False(File.Exists("/scheduler-was-here"));
        Assert.True(File.Exists("/etc/passwd"));
    }

    [Fact]
    public async Task Directories_that_names_imply_count_as_entries()
    {
        _fixture.Options.MaxLayerEntries = 100;
        _image.AddLayer(new RawTar().Gnu('L', string.Join('/', Enumerable.Repeat("d", 200)) + "/file").Header("cut", '0', 0).End());
        _image.WriteDirectory(Layout);
        Assert.Contains("more than 100 entries", await ImageStoreFixture.RefusedAsync(_fixture.Open(), Url));
    }

    private async Task<string> MountAsync()
    {
        _image.WriteDirectory(Layout);
        return await _fixture.MountAsync(_fixture.Open(), Url);
    }

    /// <summary>The files of each stored layer, oldest first.</summary>
    private IEnumerable<string> LowerRoots() =>
        Directory
            .GetDirectories(Path.Combine(_fixture.Directory, "store", "layers"))
            .OrderBy(Directory.GetLastWriteTimeUtc)
            .Select(layer => Path.Combine(layer, "fs"));

    /// <summary>All names in the tree, sorted. Links are not followed.</summary>
    private static List<string> Tree(string root)
    {
        var names = new List<string>();
        using var top = OpenDirectory.Open(root);
        Add(top, "");
        names.Sort(StringComparer.Ordinal);
        return names;

        void Add(OpenDirectory directory, string prefix)
        {
            foreach (var name in directory.Names())
            {
                var path = prefix + Encoding.Latin1.GetString(name);
                names.Add(path);
                if (directory.Stat(name) is not { IsDirectory: true })
                    continue;
                using var below = directory.OpenChild(name);
                Add(below, path + "/");
            }
        }
    }

    private static IEnumerable<string> Read(string root, params string[] files) =>
        files.Select(file => File.ReadAllText(Path.Combine(root, file), Encoding.Latin1));

    private static (string Mode, string Owner) Facts(string root, string path)
    {
        var facts = Native.Stat(Path.Combine(root, path))!.Value;
        return (Convert.ToString(facts.Mode & 0xFFF, 8), $"{facts.User}:{facts.Group}");
    }

    private static class Attributes
    {
        /// <summary>Names of a file's extended attributes, as Python prints them; .NET cannot read them.</summary>
        public static async Task<string> OfAsync(string path)
        {
            using var python = System.Diagnostics.Process.Start(
                new System.Diagnostics.ProcessStartInfo(
                    "/usr/bin/python3",
                    ["-c", "import os, sys; print(os.listxattr(sys.argv[1]))", path]
                )
                {
                    RedirectStandardOutput = true,
                }
            )!;
            var names = await python.StandardOutput.ReadToEndAsync();
            await python.WaitForExitAsync();
            return names;
        }
    }
}
