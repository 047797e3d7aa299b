using System.Text;
using Scheduler.Rep.Images.Tar;
using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.Unit.Rep.Images;

public sealed class TarArchiveReaderTests
{
    [Fact]
    public void Reads_a_plain_entry_with_all_that_it_says()
    {
        var (entry, content) = Assert.Single(
            Read(new RawTar().Header("dir/file", '0', 3, mode: 0b100_111_101_101, user: 1000, group: 2000).Data("abc").End())
        );
        Assert.Equal(
            (TarEntryKind.File, "dir/file", 0b100_111_101_101, 1000L, 2000L, 3L),
            (entry.Kind, entry.ShownName, entry.Mode, entry.User, entry.Group, entry.Size)
        );
        Assert.Equal("abc", content);
    }

    [Fact]
    public void Takes_names_as_bytes()
    {
        var (entry, _) = Assert.Single(Read(new RawTar().Header([(byte)'g', (byte)'r', 0xFC, (byte)'n'], '0', 0).End()));
        Assert.Equal([(byte)'g', (byte)'r', 0xFC, (byte)'n'], entry.Name);
        Assert.Equal(@"gr\374n", entry.ShownName);
    }

    [Fact]
    public void Reads_long_names_of_both_kinds_and_the_last_of_repeated_records()
    {
        var name = new string('n', 300);
        Assert.Equal(name, Only(new RawTar().Gnu('L', name).Gnu('K', "target").Header("cut", '2', 0)).ShownName);
        Assert.Equal("target", EntryName.Show(Only(new RawTar().Gnu('L', name).Gnu('K', "target").Header("cut", '2', 0)).LinkName));
        Assert.Equal("last", Only(new RawTar().Pax(("path", "first"), ("path", "last")).Header("cut", '0', 0)).ShownName);
        Assert.Equal("second", Only(new RawTar().Pax(("path", "first")).Pax(("path", "second")).Header("cut", '0', 0)).ShownName);
        Assert.Equal("plain", Only(new RawTar().Pax(("path", "first"), ("path", "")).Header("plain", '0', 0)).ShownName);
        Assert.Equal("from/prefix", Only(new RawTar().Header("prefix", '0', 0, prefix: "from")).ShownName);
    }

    [Fact]
    public void Reads_numbers_that_no_header_field_has_room_for()
    {
        var entry = Only(new RawTar().Pax(("uid", "4294967294"), ("gid", "3000000000"), ("mtime", "-1.5")).Header("x", '0', 0));
        Assert.Equal((4_294_967_294L, 3_000_000_000L, new TarTime(-2, 500_000_000)), (entry.User, entry.Group, entry.Modified));
        byte[] binary = [0x80, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFE];
        Assert.Equal(0xFFFF_FFFE, TarField.Number(binary, "uid"));
        Assert.Equal(-2, TarField.Number([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE], "mtime"));
        Assert.Throws<TarFormatException>(() => TarField.Number([0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "size"));
        Assert.Throws<TarFormatException>(() => TarField.Number("12x4567\0"u8, "size"));
    }

    [Fact]
    public void Keeps_extended_attributes_with_any_bytes() =>
        Assert.Equal(
            [KeyValuePair.Create("security.capability", "\u0001\0\n"u8.ToArray())],
            Only(new RawTar().Pax(("SCHILY.xattr.security.capability", "\u0001\0\n")).Header("x", '0', 0)).Attributes
        );

    [Fact]
    public void Reads_sparse_files_in_all_forms()
    {
        Extent[] extents = [new(1024, 3), new(4096, 2)];
        var forms = new[]
        {
            new RawTar()
                .Pax(
                    ("GNU.sparse.size", "5000"),
                    ("GNU.sparse.numblocks", "2"),
                    ("GNU.sparse.offset", "1024"),
                    ("GNU.sparse.numbytes", "3"),
                    ("GNU.sparse.offset", "4096"),
                    ("GNU.sparse.numbytes", "2")
                )
                .Header("file", '0', 5)
                .Data("abcde"),
            new RawTar()
                .Pax(("GNU.sparse.size", "5000"), ("GNU.sparse.name", "file"), ("GNU.sparse.map", "1024,3,4096,2"))
                .Header("GNUSparseFile.0/file", '0', 5)
                .Data("abcde"),
            new RawTar()
                .Pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "file"), ("GNU.sparse.realsize", "5000"))
                .Header("GNUSparseFile.0/file", '0', 517)
                .Data("2\n1024\n3\n4096\n2\n".PadRight(512, '\0') + "abcde"),
            new RawTar().OldSparse("file", 5000, 5, [.. extents.Select(extent => (extent.Offset, extent.Length))]).Data("abcde"),
        };
        foreach (var form in forms)
        {
            var (entry, content) = Assert.Single(Read(form.End()));
            Assert.Equal(("file", 5000L, "abcde"), (entry.ShownName, entry.Size, content));
            Assert.Equal(extents, entry.Extents);
        }
    }

    [Fact]
    public void Reads_an_old_sparse_map_over_several_blocks()
    {
        Extent[] extents = [.. Enumerable.Range(0, 60).Select(number => new Extent(number * 1000L, 1))];
        var entry = Only(
            new RawTar()
                .OldSparse("file", 100_000, 60, [.. extents.Select(extent => (extent.Offset, extent.Length))])
                .Data(new string('x', 60))
        );
        Assert.Equal(extents, entry.Extents);
    }

    [Theory]
    [InlineData("1024,3,1000,2")] // backwards
    [InlineData("1024,3,4999,2")] // beyond the end
    [InlineData("1024,3")] // less than is stored
    [InlineData("1024,3,4096")]
    [InlineData("-1,3,4096,2")]
    [InlineData("9223372036854775807,9223372036854775807")]
    public void Refuses_a_sparse_map_that_does_not_fit(string map) =>
        Refused("file", new RawTar().Pax(("GNU.sparse.size", "5000"), ("GNU.sparse.map", map)).Header("file", '0', 5).Data("abcde").End());

    [Fact]
    public void Needs_no_end()
    {
        var whole = new RawTar().Header("a", '0', 1).Data("x").Header("b", '0', 1).Data("y");
        foreach (
            var content in new[]
            {
                whole.Bytes(),
                whole.Bytes()[..^511],
                [.. whole.Bytes(), .. new byte[512]],
                [.. whole.Bytes(), .. new byte[1024], .. "rubbish"u8],
            }
        )
            Assert.Equal(["a", "b"], Read(content).Select(read => read.Entry.ShownName));
    }

    [Fact]
    public void Leaves_out_what_is_said_of_the_whole_archive_and_sizes_of_what_has_no_content()
    {
        var archive = new RawTar()
            .Meta('g', "18 comment=commit\n")
            .Header("label", 'V', 0)
            .Header("dir/", '\0', 0)
            .Header("link", '2', 99, link: "to")
            .Header("after", '0', 0)
            .End();
        Assert.Equal(
            [("dir/", TarEntryKind.Directory), ("link", TarEntryKind.SymbolicLink), ("after", TarEntryKind.File)],
            Read(archive).Select(read => (read.Entry.ShownName, read.Entry.Kind))
        );
    }

    [Fact]
    public void Refuses_broken_archives_and_says_what_is_wrong()
    {
        Refused("cut off", new RawTar().Header("a", '0', 600).Data("x").Bytes());
        Refused("cut off", new RawTar().Header("a", '0', 0).Bytes()[..300]);
        Refused("checksum", new RawTar().Header("a", '0', 0).Change(0, (byte)'b').End());
        Refused("after an empty block", [.. new byte[512], .. new RawTar().Header("a", '0', 0).Bytes()]);
        Refused("unknown type 'M'", new RawTar().Header("a", 'M', 0).End());
        Refused("limit is", new RawTar().Header("x", 'x', 100 << 20).End());
        Refused("record", new RawTar().Meta('x', "99 path=x\n").Header("a", '0', 0).End());
        Refused("record", new RawTar().Meta('x', "nonsense").Header("a", '0', 0).End());
        Refused("uid", new RawTar().Pax(("uid", "x")).Header("a", '0', 0).End());
        Refused("negative", new RawTar().Pax(("size", "-5")).Header("a", '0', 0).End());
    }

    [Fact]
    public void Random_damage_ends_in_entries_or_in_a_refusal()
    {
        var whole = new RawTar()
            .Gnu('L', new string('n', 200))
            .Header("a", '0', 3)
            .Data("abc")
            .Pax(("path", "p"), ("SCHILY.xattr.user.x", "y"))
            .Header("b", '5', 0)
            .OldSparse("s", 5000, 5, [(10, 5)])
            .Data("abcde")
            .End();
        var random = new Random(1);
        for (var round = 0; round < 2_000; round++)
        {
            var damaged = whole.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                Read(damaged[..random.Next(damaged.Length)]);
            }
            catch (TarFormatException)
            {
                // Expected for most damage.
            }
        }
    }

    [Theory]
    [InlineData("/opt/app", "opt|app")]
    [InlineData("./a//b/.", "a|b")]
    [InlineData("a/../b", "b")]
    [InlineData("/", "")]
    public void Takes_names_as_relative_to_the_root(string name, string parts) =>
        Assert.Equal(parts, string.Join('|', EntryName.Parts(Encoding.UTF8.GetBytes(name))!.Select(part => Encoding.UTF8.GetString(part))));

    [Theory]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("/..")]
    public void Knows_names_that_lead_above_the_root(string name) => Assert.Null(EntryName.Parts(Encoding.UTF8.GetBytes(name)));

    private static TarEntry Only(RawTar tar) => Assert.Single(Read(tar.End())).Entry;

    private static void Refused(string reason, byte[] archive) =>
        Assert.Contains(reason, Assert.Throws<TarFormatException>(() => Read(archive)).Message);

    private static List<(TarEntry Entry, string Content)> Read(byte[] archive)
    {
        var reader = new TarArchiveReader(new MemoryStream(archive));
        var entries = new List<(TarEntry, string)>();
        while (reader.Next() is { } entry)
        {
            var content = new byte[entry.Kind == TarEntryKind.File ? Math.Min(entry.Stored, 1 << 20) : 0];
            var length = 0;
            while (reader.ReadData(content.AsSpan(length)) is > 0 and var read)
                length += read;
            entries.Add((entry, Encoding.Latin1.GetString(content, 0, length)));
        }

        return entries;
    }
}
