using System.Buffers.Binary;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Disk;

namespace Scheduler.Tests.Unit.Rep.Runtime.Disk;

public class DiskLimitTests
{
    /// <summary>Desired MB, the cell's default, image bytes, the cell's maximum of inodes; then the resulting MB and inodes.</summary>
    [Theory]
    [InlineData(32, 1_024, 0, 200_000, 32, 8_192)]
    [InlineData(1, 1_024, 0, 200_000, 1, 1_024)]
    [InlineData(10_240, 1_024, 0, 200_000, 10_240, 200_000)]
    [InlineData(10_240, 1_024, 0, 5_000, 10_240, 5_000)]
    [InlineData(32, 1_024, 1, 200_000, 31, 7_936)]
    [InlineData(32, 1_024, 31 << 20, 200_000, 1, 1_024)]
    [InlineData(0, 1_024, 500 << 20, 200_000, 1_024, 200_000)]
    [InlineData(0, 0, 500 << 20, 200_000, 0, 0)]
    public void Is_what_was_asked_for_less_the_image(int desired, int fallback, long image, long most, int megabytes, long inodes) =>
        Assert.Equal(new DiskLimit(megabytes, inodes), DiskLimit.Of(desired, fallback, image, most));

    [Theory]
    [InlineData(32, 32 << 20)]
    [InlineData(1, 1 << 20)]
    [InlineData(1, long.MaxValue >> 1)]
    public void An_image_that_leaves_nothing_is_refused(int desired, long image)
    {
        var refused = Assert.Throws<DomainException>(() => DiskLimit.Of(desired, 0, image, 200_000));
        Assert.Equal(ErrorKind.InvalidRequest, refused.Kind);
        Assert.EndsWith($" MB that the image takes, and is {desired}", refused.Message);
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(15 << 20, 10, null)]
    [InlineData((16 << 20) - (200 << 10), 10, "disk limit of 16 MB reached")]
    [InlineData(17 << 20, 10, "disk limit of 16 MB reached")]
    [InlineData(10, 1_024, "limit of 1024 files reached")]
    public void Says_when_it_is_reached(long bytes, long inodes, string? said) =>
        Assert.Equal(said, new DiskUse(bytes, inodes).Shortage(new DiskLimit(16, 1_024)));

    [Fact]
    public void Without_a_limit_nothing_is_short() => Assert.Null(new DiskUse(long.MaxValue, long.MaxValue).Shortage(DiskLimit.None));

    /// <summary>The layout of struct if_dqblk: limits in KiB, then inodes, then which of them are valid.</summary>
    [Fact]
    public void A_projects_limits_are_laid_out_as_the_kernel_reads_them()
    {
        var quota = ProjectDisks.Limits(new DiskLimit(16, 1_024));
        Assert.Equal(
            [16_384, 16_384, 0, 1_024, 1_024, 0, 0, 0],
            Enumerable.Range(0, 8).Select(field => BinaryPrimitives.ReadInt64LittleEndian(quota.AsSpan(field * 8)))
        );
        Assert.Equal(5u, BinaryPrimitives.ReadUInt32LittleEndian(quota.AsSpan(64)));
    }
}
