using Scheduler.Client.Access;
using Scheduler.Contracts.V1;

namespace Scheduler.Tests.Cli.Client.Access;

public sealed class UsageSampleTests
{
    private static readonly InstanceTarget Web = new("web/0", "guid", "cell-1");

    [Fact]
    public void Processor_time_is_shown_as_a_share_of_the_time_between()
    {
        var sample = new UsageSample(
            Web,
            new ContainerUsage
            {
                MeasuredAt = 3_000_000_000,
                CpuNs = 1_500_000_000,
                MemoryBytes = 12 << 20,
                MemoryLimitBytes = 128 << 20,
                DiskBytes = 1_536,
                Pids = 3,
            },
            new ContainerUsage { MeasuredAt = 1_000_000_000, CpuNs = 500_000_000 }
        );

        Assert.Equal(["web/0", "cell-1", "50.0%", "12M/128M", "1.5K", "0B", "0B", "3"], sample.ToRow());
        Assert.Equal(50, sample.ToJson()["cpu_percent"]!.GetValue<double>());
    }

    [Fact]
    public void A_new_or_replaced_container_has_no_share_yet()
    {
        Assert.Equal("-", new UsageSample(Web, new ContainerUsage { MeasuredAt = 1 }, null).ToRow()[2]);
        var back = new UsageSample(Web, new ContainerUsage { MeasuredAt = 1 }, new ContainerUsage { MeasuredAt = 2, CpuNs = 5 });
        Assert.Null(back.CpuPercent);
        Assert.Null(back.ToJson()["cpu_percent"]);
    }

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1_023, "1023B")]
    [InlineData(1_024, "1K")]
    [InlineData(1_536, "1.5K")]
    [InlineData(10_240, "10K")]
    [InlineData(1_048_575, "1M")]
    [InlineData(1_073_741_824, "1G")]
    [InlineData(long.MaxValue, "8E")]
    public void Sizes_are_short(long bytes, string text) => Assert.Equal(text, UsageSample.Size(bytes));
}
