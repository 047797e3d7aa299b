using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Tests.Cli;

public sealed class PlacementTextTests
{
    private static readonly VolumeMount[] Mounts =
    [
        new() { Driver = "nfs", ContainerDir = "/a" },
        new() { Driver = "nfs", ContainerDir = "/b" },
        new() { Driver = "smb", ContainerDir = "/c" },
    ];

    [Fact]
    public void People_read_which_volume_drivers_no_cell_has()
    {
        var row = new ActualLRP { PlacementError = PlacementErrors.VolumeDriverMismatch };

        Assert.Equal("found no compatible cell with required volume drivers: nfs, smb", Texts.Remark(row, Mounts));
        Assert.Equal("found no compatible cell with required volume drivers", Texts.Remark(row));
    }

    [Theory]
    [InlineData("insufficient resources: memory")]
    [InlineData("")]
    public void Other_errors_stay_as_they_are(string error) => Assert.Equal(error, Texts.Placement(error, Mounts));
}
