using Scheduler.Contracts.Work;

namespace Scheduler.Tests.Unit.Contracts.Work;

public sealed class MountTargetsTests
{
    [Theory]
    [InlineData("/data")]
    [InlineData("/var/lib/app/")]
    [InlineData("/etc/app")]
    [InlineData("/process")]
    [InlineData("/etc/hosts.d")]
    public void Takes_directories_of_the_work(string directory) => Assert.Null(MountTargets.Broken(directory));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("data")]
    [InlineData("/etc/..")]
    [InlineData("/a/./b")]
    [InlineData("/a//b")]
    [InlineData("/../data")]
    [InlineData("/proc")]
    [InlineData("/proc/")]
    [InlineData("/proc/sys/kernel")]
    [InlineData("/sys/fs/cgroup")]
    [InlineData("/dev")]
    [InlineData("/dev/shm")]
    [InlineData("/etc")]
    [InlineData("/etc/")]
    [InlineData("/etc/hosts")]
    [InlineData("/etc/resolv.conf")]
    [InlineData("/etc/cf-instance-credentials/old")]
    [InlineData("/etc/cf-service-bindings")]
    public void Refuses_what_belongs_to_others(string directory) => Assert.NotNull(MountTargets.Broken(directory));
}
