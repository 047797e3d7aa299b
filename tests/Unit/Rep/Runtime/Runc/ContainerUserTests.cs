using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Tests.Unit.Rep.Runtime.Runc;

public sealed class ContainerUserTests
{
    private const string Passwd = "root:x:0:0:root:/root:/bin/sh\nvcap:x:2000:2001:vcap:/home/vcap:/bin/sh\nbroken\n";
    private const string Group = "root:x:0:\nweb:x:3000:vcap,other\naudio:x:29:other\n";

    [Theory]
    [InlineData("", 0u, 0u, "root", "/root")]
    [InlineData("root", 0u, 0u, "root", "/root")]
    [InlineData("vcap", 2000u, 2001u, "vcap", "/home/vcap")]
    [InlineData("2000", 2000u, 2001u, "vcap", "/home/vcap")]
    [InlineData("vcap:web", 2000u, 3000u, "vcap", "/home/vcap")]
    [InlineData("4711:815", 4711u, 815u, "", "/")]
    public void Finds_names_and_takes_numbers_as_they_are(string wanted, uint uid, uint gid, string name, string home)
    {
        var user = ContainerUser.Find(wanted, Passwd, Group);
        Assert.Equal((uid, gid, name, home), (user.Uid, user.Gid, user.Name, user.Home));
    }

    [Fact]
    public void Brings_the_groups_that_name_the_user() => Assert.Equal([3000u], ContainerUser.Find("vcap", Passwd, Group).Groups);

    [Theory]
    [InlineData("mallory", "user 'mallory' is not in the container's /etc/passwd")]
    [InlineData("vcap:nobody", "group 'nobody' is not in the container's /etc/group")]
    [InlineData("-1", "user '-1' is not in the container's /etc/passwd")]
    [InlineData("4294967295", "user '4294967295' is not in the container's /etc/passwd")]
    public void Says_who_is_unknown(string wanted, string message) =>
        Assert.Equal(message, Assert.Throws<ProcessStartException>(() => ContainerUser.Find(wanted, Passwd, Group)).Message);

    [Fact]
    public void Knows_root_where_there_is_no_passwd_file() =>
        Assert.Equal(("root", "/root"), (ContainerUser.Find("", "", "").Name, ContainerUser.Find("", "", "").Home));

    [Theory]
    [InlineData("root", "", 0u)]
    [InlineData("root:root", "", 0u)]
    [InlineData("root", "toor:x:0:0:root:/root:/bin/sh\n", 0u)]
    public void Root_is_user_0_whether_or_not_a_file_says_so(string wanted, string passwd, uint uid)
    {
        var user = ContainerUser.Find(wanted, passwd, "");
        Assert.Equal((uid, 0u, "/root"), (user.Uid, user.Gid, user.Home));
    }

    [Fact]
    public void Lets_the_process_override_the_container_and_that_the_image()
    {
        var environment = ProcessConfig.Environment(
            ["A=image", "B=image", "C=x=y"],
            [new("B", "container"), new("D", "")],
            [new("A", "process")],
            ContainerUser.Find("vcap", Passwd, Group)
        );
        Assert.Equal(
            ["A=process", "B=container", "C=x=y", "D=", "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/home/vcap", "USER=vcap"],
            environment
        );
    }
}
