using System.Text;
using Scheduler.Cli.Copy;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Containers;

namespace Scheduler.Tests.Cli.Copy;

/// <summary>Archives as a hostile container might send them.</summary>
public sealed class ArchiveUnpackerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unpack-");
    private readonly List<string> _warnings = [];
    private readonly CopyTally _tally;

    public ArchiveUnpackerTests()
    {
        _tally = new CopyTally(_warnings.Add);
        File.WriteAllText(Outside, "precious");
    }

    private string Outside => Path.Combine(_folder.FullName, "outside");

    private string Target => Path.Combine(_folder.FullName, "copy");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_tree_comes_with_its_content_and_permissions_but_without_privileges()
    {
        Unpack(
            Tree()
                .Header("./sub/", '5', 0, 0b101_101_101)
                .Header("./sub/run", '0', 5, 0b110_111_101_101)
                .Data("hello")
                .Header("./link", '2', 0, link: "sub/run")
                .Header("./sub/again", '1', 0, link: "./sub/run")
        );

        Assert.Equal("hello", File.ReadAllText(Path.Combine(Target, "sub", "run")));
        Assert.Equal("hello", File.ReadAllText(Path.Combine(Target, "link")));
        Assert.Equal("hello", File.ReadAllText(Path.Combine(Target, "sub", "again")));
        Assert.Equal((UnixFileMode)0b111_101_101, File.GetUnixFileMode(Path.Combine(Target, "sub", "run")));
        Assert.Equal((UnixFileMode)0b101_101_101, File.GetUnixFileMode(Path.Combine(Target, "sub")));
        Assert.Equal((2, 2, 1, 5), (_tally.Files, _tally.Directories, _tally.Links, _tally.Bytes));
        Assert.Empty(_warnings);
        File.SetUnixFileMode(Path.Combine(Target, "sub"), (UnixFileMode)0b111_101_101);
    }

    [Fact]
    public void A_single_file_is_written_under_the_name_that_was_asked_for()
    {
        Unpack(new RawTar().Header("./passwd", '0', 5).Data("hello"));
        Assert.Equal("hello", File.ReadAllText(Target));
    }

    [Fact]
    public void A_single_file_does_not_bring_others()
    {
        var refused = Refused(new RawTar().Header("./a", '0', 1).Data("a").Header("../outside", '0', 4).Data("evil"));
        Assert.Contains("more than the one file", refused.Message);
        AssertUntouched();
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("./a/../../outside")]
    [InlineData("a/b/../../../outside")]
    public void A_name_that_leads_out_is_refused(string name)
    {
        Assert.Contains("leads out of the copy", Refused(Tree().Header(name, '0', 4).Data("evil")).Message);
        AssertUntouched();
    }

    [Fact]
    public void An_absolute_name_stays_below_the_target()
    {
        Unpack(Tree().Header(Outside, '0', 4).Data("evil"));
        AssertUntouched();
        Assert.Equal("evil", File.ReadAllText(Target + Outside));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("sub/../../outside")]
    [InlineData("..")]
    public void A_link_that_leads_out_is_left_out(string link)
    {
        Unpack(Tree().Header("./x", '2', 0, link: link));
        Assert.False(Path.Exists(Path.Combine(Target, "x")));
        Assert.StartsWith("left out ./x: a link to", Assert.Single(_warnings));
    }

    [Fact]
    public void Links_cannot_lead_out_together()
    {
        // Each looks harmless by its text alone: d is the top itself, so d/.. is not.
        Unpack(Tree().Header("./d", '2', 0, link: ".").Header("./e", '2', 0, link: "d/d/../../outside"));
        Assert.False(Path.Exists(Path.Combine(Target, "e")));
    }

    [Fact]
    public void Nothing_is_written_through_a_link_of_the_archive()
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "elsewhere"));
        Refused(Tree().Header("./d", '2', 0, link: "sub").Header("./d/file", '0', 4).Data("evil"));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder.FullName, "elsewhere")));
    }

    [Fact]
    public void Nothing_is_written_through_a_link_that_was_there()
    {
        Directory.CreateDirectory(Target);
        File.CreateSymbolicLink(Path.Combine(Target, "file"), Outside);
        Directory.CreateSymbolicLink(Path.Combine(Target, "up"), _folder.FullName);
        Unpack(Tree().Header("./file", '0', 3).Data("new"));
        Assert.Equal("new", File.ReadAllText(Path.Combine(Target, "file")));
        Refused(Tree().Header("./up/outside", '0', 4).Data("evil"));
        AssertUntouched();
    }

    [Fact]
    public void Fifos_and_devices_are_left_out()
    {
        Unpack(Tree().Header("./fifo", '6', 0).Header("./disk", '4', 0).Header("./tty", '3', 0));
        Assert.Empty(Directory.GetFileSystemEntries(Target));
        Assert.Equal(["left out ./fifo: a FIFO", "left out ./disk: a device", "left out ./tty: a device"], _warnings);
    }

    [Fact]
    public void A_hard_link_needs_a_file_of_the_copy()
    {
        Unpack(Tree().Header("./x", '1', 0, link: "../outside"));
        Assert.False(File.Exists(Path.Combine(Target, "x")));
        Assert.Contains("no file before it", Refused(Tree().Header("./x", '1', 0, link: "./missing")).Message);
    }

    [Fact]
    public void A_file_does_not_replace_a_directory_and_files_are_replaced()
    {
        Unpack(Tree().Header("./sub/", '5', 0, 0b111_101_101).Header("./sub/f", '0', 3).Data("old"));
        Unpack(Tree().Header("./sub/f", '0', 3).Data("new"));
        Assert.Equal("new", File.ReadAllText(Path.Combine(Target, "sub", "f")));
        Assert.Contains("would replace a directory", Refused(Tree().Header("./sub", '0', 1).Data("x")).Message);
    }

    [Fact]
    public void A_broken_archive_is_an_error_and_warnings_do_not_flood()
    {
        var cut = Tree().Header("./big", '0', 1_000).Data("short").Bytes();
        Assert.Throws<DomainException>(() => new ArchiveUnpacker(_tally).Unpack(new MemoryStream(cut), Target));
        var many = Tree();
        for (var i = 0; i < 100; i++)
            many.Header($"./{i}\e[2J", '6', 0);
        Unpack(many);
        Assert.Equal(21, _warnings.Count);
        Assert.DoesNotContain(_warnings, warning => warning.Contains('\e'));
    }

    [Theory]
    [InlineData("a/b", 0, true)]
    [InlineData("../a", 1, true)]
    [InlineData("./../a", 1, true)]
    [InlineData("../../a", 1, false)]
    [InlineData("a/../b", 5, false)]
    [InlineData("", 5, false)]
    [InlineData("/", 5, false)]
    public void A_link_may_climb_first_and_then_descend(string target, int depth, bool stays) =>
        Assert.Equal(stays, ArchiveUnpacker.StaysInside(Encoding.UTF8.GetBytes(target), depth));

    private static RawTar Tree() => new RawTar().Header("./", '5', 0, 0b111_101_101);

    private void Unpack(RawTar archive) => new ArchiveUnpacker(_tally).Unpack(new MemoryStream(archive.End()), Target);

    private DomainException Refused(RawTar archive) => Assert.Throws<DomainException>(() => Unpack(archive));

    private void AssertUntouched() => Assert.Equal("precious", File.ReadAllText(Outside));
}
