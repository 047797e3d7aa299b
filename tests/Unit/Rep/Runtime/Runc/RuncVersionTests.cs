using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Tests.Unit.Rep.Runtime.Runc;

public sealed class RuncVersionTests
{
    private const string Debian12 =
        "runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1\nspec: 1.0.2-dev\ngo: go1.19.8\nlibseccomp: 2.5.4\n";

    [Fact]
    public void Reads_what_the_distribution_has_mended_from_its_package()
    {
        var runc = RuncVersion.Parse(Debian12)!;

        Assert.True(runc.HasSeccomp);
        Assert.Equal(["CVE-2024-45310", "CVE-2025-31133", "CVE-2025-52565", "CVE-2025-52881"], runc.KnownHoles());
        Assert.Contains("CVE-2024-21626", RuncVersion.Parse(Debian12.Replace("deb12u1", "foo", StringComparison.Ordinal))!.KnownHoles());
    }

    [Theory]
    [InlineData("1.0.0-rc93", 7)]
    [InlineData("1.1.4", 7)]
    [InlineData("1.1.12", 4)]
    [InlineData("1.1.14", 3)]
    [InlineData("1.2.0-rc.2", 4)]
    [InlineData("1.2.7", 3)]
    [InlineData("1.2.8", 0)]
    [InlineData("1.3.0", 3)]
    [InlineData("1.3.3", 0)]
    [InlineData("1.4.0-rc.2", 3)]
    [InlineData("1.4.0-rc.3", 0)]
    [InlineData("1.4.0", 0)]
    [InlineData("2.0.0", 0)]
    public void Knows_the_first_good_version_of_each_line(string version, int holes) =>
        Assert.Equal(holes, RuncVersion.Parse($"runc version {version}\ncommit: v{version}-0-gabc\n")!.KnownHoles().Count);

    [Theory]
    [InlineData("crun version 1.8.1\n+SECCOMP\n")]
    [InlineData("")]
    [InlineData("runc version unknown\n")]
    public void Says_nothing_of_what_it_does_not_know(string output) => Assert.Null(RuncVersion.Parse(output));

    [Fact]
    public void Sees_that_seccomp_was_left_out() =>
        Assert.False(RuncVersion.Parse("runc version 1.3.3\nspec: 1.2.0\ngo: go1.24\n")!.HasSeccomp);
}
