using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Tests.Unit.Rep.Runtime.Linux;

public sealed class CgroupsTests
{
    [Fact]
    public void Knows_version_1_with_controllers_mounted_together()
    {
        var cgroups = Cgroups.Detect([
            "30 29 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct",
            "31 29 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
            "32 29 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids",
            "33 29 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
            "34 29 0:30 / /proc rw - proc proc rw",
        ]);
        Assert.False(cgroups.IsUnified);
        Assert.Equal(
            ["/sys/fs/cgroup/cpu,cpuacct/a/b", "/sys/fs/cgroup/memory/a/b", "/sys/fs/cgroup/pids/a/b", "/sys/fs/cgroup/unified/a/b"],
            cgroups.Directories("/a/b").Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Reads_version_2()
    {
        var directory = Directory.CreateTempSubdirectory("cgroups-").FullName;
        try
        {
            var cgroups = Cgroups.Detect([$"30 29 0:26 / {directory} rw - cgroup2 cgroup2 rw"]);
            Directory.CreateDirectory(directory + "/c");
            File.WriteAllText(directory + "/c/memory.current", "5000\n");
            File.WriteAllText(directory + "/c/memory.stat", "anon 1\ninactive_file 2000\nactive_file 5\n");
            File.WriteAllText(directory + "/c/memory.events", "low 0\noom 9\noom_kill 3\noom_group_kill 1\n");
            File.WriteAllText(directory + "/c/cpu.stat", "usage_usec 1500000\nuser_usec 1\n");
            File.WriteAllText(directory + "/c/pids.current", "7\n");
            File.WriteAllText(directory + "/c/cgroup.procs", "12\n34\n");

            Assert.True(cgroups.IsUnified);
            Assert.Equal(3_000, cgroups.MemoryUsed("/c"));
            Assert.Equal(3, cgroups.OutOfMemoryKills("/c"));
            Assert.Equal(TimeSpan.FromSeconds(1.5), cgroups.CpuUsed("/c"));
            Assert.Equal(7, cgroups.Pids("/c"));
            Assert.Equal([12, 34], cgroups.Processes("/c"));
            Assert.Null(cgroups.OutOfMemoryKills("/gone"));
            Assert.Empty(cgroups.Processes("/gone"));
            Assert.True(cgroups.TryRemove("/gone"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Says_what_is_missing() =>
        Assert.Contains(
            "memory, pids, cpu, cpuacct",
            Assert.Throws<ContainerRuntimeException>(() => Cgroups.Detect(["1 2 0:1 / /proc rw - proc proc rw"])).Message
        );
}
