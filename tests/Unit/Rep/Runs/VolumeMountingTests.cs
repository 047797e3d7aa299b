using Scheduler.Contracts.V1;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Volumes;

namespace Scheduler.Tests.Unit.Rep.Runs;

public sealed class VolumeMountingTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("volumes-").FullName;
    private readonly List<HostVolume> _volumes;

    public VolumeMountingTests() =>
        _volumes = [new("data", Directory.CreateDirectory(Path.Combine(_root, "data")).FullName, false), new("docs", _root, true)];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Mounts_a_volume_where_and_how_the_work_asks()
    {
        var mounts = VolumeMounting.Of(
            [Mount("data", "/srv/data-2", "rw"), Mount("data", "/srv/data/", "r"), Mount("docs", "/a", "r")],
            _volumes
        );
        Assert.Equal(
            [
                new BindMount(_volumes[0].Path, "/srv/data-2", ReadOnly: false) { IsForeign = true },
                new BindMount(_volumes[0].Path, "/srv/data", ReadOnly: true) { IsForeign = true },
                new BindMount(_root, "/a", ReadOnly: true) { IsForeign = true },
            ],
            mounts
        );
    }

    public static TheoryData<string, bool, Action<VolumeMount>> Mistakes =>
        new()
        {
            { "this cell has no volume driver nfs", false, mount => mount.Driver = "nfs" },
            { "docs is read-only on this cell", false, mount => mount.Driver = "docs" },
            { "container_dir /proc must not be /proc", true, mount => mount.ContainerDir = "/proc" },
            { "container_dir  must be an absolute path", true, mount => mount.ContainerDir = "" },
            { "mode must be r or rw", true, mount => mount.Mode = "w" },
            { "has no mount_config", true, mount => mount.Shared = new SharedDevice { MountConfig = """{"uid":0}""" } },
            { "dedicated device", true, mount => mount.Dedicated = new DedicatedDevice { MounterId = "m" } },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Says_why_a_volume_cannot_be_mounted(string reason, bool permanent, Action<VolumeMount> mistake)
    {
        var mount = Mount("data", "/data", "rw");
        mistake(mount);

        var refused = Assert.Throws<PreparationException>(() => VolumeMounting.Of([mount], _volumes));

        Assert.StartsWith("failed to mount volume: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Equal(permanent, refused.IsPermanent);
    }

    [Fact]
    public void Retries_work_whose_volume_is_gone_and_refuses_a_volume_in_another()
    {
        Assert.Contains(
            "/a is at or below /a",
            Assert
                .Throws<PreparationException>(() => VolumeMounting.Of([Mount("data", "/a", "r"), Mount("docs", "/a/", "r")], _volumes))
                .Message,
            StringComparison.Ordinal
        );

        Assert.Contains(
            "/a/b/c is at or below /a",
            Assert
                .Throws<PreparationException>(() =>
                    VolumeMounting.Of([Mount("docs", "/a/b/c", "r"), Mount("data", "/a", "r"), Mount("data", "/a-b", "r")], _volumes)
                )
                .Message,
            StringComparison.Ordinal
        );

        Directory.Delete(_volumes[0].Path);
        var gone = Assert.Throws<PreparationException>(() => VolumeMounting.Of([Mount("data", "/a", "r")], _volumes));
        Assert.Equal($"failed to mount volume: data: {_volumes[0].Path} does not exist", gone.Message);
        Assert.False(gone.IsPermanent);
    }

    private static VolumeMount Mount(string driver, string directory, string mode) =>
        new()
        {
            Driver = driver,
            ContainerDir = directory,
            Mode = mode,
            Shared = new SharedDevice { VolumeId = driver, MountConfig = "{}" },
        };
}
