using Scheduler.Models;
using Scheduler.Rep.Volumes;

namespace Scheduler.Tests.Unit.Rep.Volumes;

public sealed class HostVolumeTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("volumes-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("data=/srv/data", "data", "/srv/data", false)]
    [InlineData("data=/srv/data:ro", "data", "/srv/data", true)]
    [InlineData("data=/srv/data/:rw", "data", "/srv/data", false)]
    [InlineData("d.1_2-x=/a=b:c", "d.1_2-x", "/a=b:c", false)]
    [InlineData("all=/", "all", "/", false)]
    public void Reads_name_path_and_mode(string text, string name, string path, bool readOnly) =>
        Assert.Equal(new HostVolume(name, path, readOnly), HostVolume.Parse(text));

    [Theory]
    [InlineData("/srv/data")]
    [InlineData("=/srv/data")]
    [InlineData("data=")]
    [InlineData("data=srv")]
    [InlineData("data=/srv/../etc")]
    [InlineData("data=/srv/.")]
    [InlineData("data=//srv")]
    [InlineData("data=/srv//data")]
    [InlineData(".data=/srv")]
    [InlineData("da ta=/srv")]
    [InlineData("da/ta=/srv")]
    [InlineData("data=/srv\0/x")]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg=/srv")]
    public void Refuses_other_texts(string text) =>
        Assert.StartsWith("volume", Assert.Throws<DomainException>(() => HostVolume.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Takes_directories_that_are_there_and_not_the_cells() =>
        HostVolumeRules.Check([Volume("a", Make("a")), Volume("b", Make("b")), Volume("same", Make("a"))], Path.Combine(_root, "state"));

    [Fact]
    public void Says_what_is_wrong_with_a_directory()
    {
        var state = Make("cell/state");
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        Directory.CreateSymbolicLink(Path.Combine(_root, "link"), Make("real"));
        Make("real/inside");

        Refused("a: " + Path.Combine(_root, "missing") + " does not exist", Volume("a", Path.Combine(_root, "missing")));
        Refused(file + " is not a directory", Volume("a", file));
        Refused($"symbolic link; give the directory itself, {_root}/real", Volume("a", Path.Combine(_root, "link")));
        Refused($"symbolic link; give the directory itself, {_root}/real/inside", Volume("a", Path.Combine(_root, "link", "inside")));
        Refused("must not be /", Volume("a", "/"));
        Refused("belongs to the kernel", Volume("a", "/proc/sys"));
        Refused("belongs to the kernel", Volume("a", "/dev"));
        Refused("the cell's own state", Volume("a", state));
        Refused("the cell's own state", Volume("a", Make("cell/state/containers")));
        Refused("the cell's own state", Volume("a", Path.Combine(_root, "cell")));
        Refused("defines a twice", Volume("a", Make("a")), Volume("a", Make("b")));
        Refused("at most 256", [.. Enumerable.Range(0, 257).Select(number => Volume($"v{number}", Make("a")))]);

        void Refused(string rule, params HostVolume[] volumes) =>
            Assert.Contains(
                rule,
                Assert.Throws<DomainException>(() => HostVolumeRules.Check(volumes, state)).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void Knows_the_cells_state_behind_a_link_and_before_it_exists()
    {
        Directory.CreateSymbolicLink(Path.Combine(_root, "link"), Make("disk"));
        var state = Path.Combine(_root, "link", "later", "state");

        var refused = Assert.Throws<DomainException>(() => HostVolumeRules.Check([Volume("a", Path.Combine(_root, "disk"))], state));

        Assert.Contains(Path.Combine(_root, "disk", "later", "state"), refused.Message, StringComparison.Ordinal);
    }

    private static HostVolume Volume(string name, string path) => new(name, path, ReadOnly: false);

    private string Make(string name) => Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
}
