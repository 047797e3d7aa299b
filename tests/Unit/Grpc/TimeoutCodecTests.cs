using FsCheck;
using FsCheck.Fluent;
using Grpc.Wire;

namespace Scheduler.Tests.Unit.Grpc;

public sealed class TimeoutCodecTests
{
    [Theory]
    [InlineData("1H", 3600)]
    [InlineData("2M", 120)]
    [InlineData("99999999S", 99_999_999)]
    [InlineData("1500m", 1.5)]
    [InlineData("250000u", 0.25)]
    [InlineData("1000000n", 0.001)]
    [InlineData("0S", 0)]
    public void Reads_every_unit(string text, double seconds)
    {
        Assert.True(TimeoutCodec.TryParse(text, out var timeout));
        Assert.Equal(seconds, timeout.TotalSeconds, 9);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("5")]
    [InlineData("5s")]
    [InlineData("-5S")]
    [InlineData("+5S")]
    [InlineData("1.5S")]
    [InlineData(" 5S")]
    [InlineData("123456789S")]
    public void Refuses_what_is_no_timeout(string text) => Assert.False(TimeoutCodec.TryParse(text, out _));

    [Fact]
    public void Takes_hours_beyond_what_a_time_span_holds()
    {
        Assert.True(TimeoutCodec.TryParse("99999999H", out var timeout));
        Assert.True(timeout > TimeSpan.FromDays(365 * 1000));
    }

    [Fact]
    public void Writes_what_it_reads_rounded_up_by_less_than_a_part_in_a_million()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<long>().Filter(static ticks => ticks >= 0), static ticks =>
        {
            var text = TimeoutCodec.Format(TimeSpan.FromTicks(ticks));
            Assert.True(TimeoutCodec.TryParse(text, out var read), text);
            Assert.InRange(read.Ticks, ticks, ticks + Math.Max(ticks / 1_000_000, TimeSpan.TicksPerMicrosecond));
        }).QuickCheckThrowOnFailure();
    }
}
