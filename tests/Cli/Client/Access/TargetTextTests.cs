using Scheduler.Client.Access;
using Scheduler.Models;

namespace Scheduler.Tests.Cli.Client.Access;

/// <summary>What people write to say what they mean.</summary>
public sealed class TargetTextTests
{
    [Theory]
    [InlineData("web/0:/etc/motd", "web/0", "/etc/motd", "motd")]
    [InlineData("job:/a/", "job", "/a/", "a")]
    [InlineData("web:/a:b", "web", "/a:b", "a:b")]
    [InlineData("web:/", "web", "/", "")]
    public void A_path_in_a_container_has_a_name_before_its_colon(string text, string name, string path, string last)
    {
        var parsed = RemotePath.Parse(text)!;
        Assert.Equal((name, path, last), (parsed.Instance.ToString(), parsed.Path, parsed.BaseName));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("./a:b")]
    [InlineData("../a:b")]
    [InlineData("/a:b")]
    public void Other_paths_are_of_this_machine(string text) => Assert.Null(RemotePath.Parse(text));

    [Theory]
    [InlineData("web:etc")]
    [InlineData("web/x:/etc")]
    [InlineData("web:")]
    public void A_path_in_a_container_is_absolute(string text) =>
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<DomainException>(() => RemotePath.Parse(text)).Kind);

    [Theory]
    [InlineData("8080", 8080, 8080)]
    [InlineData("9000:80", 9000, 80)]
    [InlineData("0:80", 0, 80)]
    public void A_port_leads_to_a_port(string text, uint local, uint remote) =>
        Assert.Equal(new LocalPort(local, remote), LocalPort.Parse(text));

    [Theory]
    [InlineData("0")]
    [InlineData("80:0")]
    [InlineData("65536")]
    [InlineData("a:80")]
    [InlineData("1:2:3")]
    [InlineData("")]
    public void What_is_no_port_is_refused(string text) => Assert.Throws<DomainException>(() => LocalPort.Parse(text));
}
