using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Scheduler.MariaDb.Rows;

namespace Scheduler.Tests.Unit.MariaDb;

public sealed class CellTextTests
{
    [Fact]
    public void Every_date_time_is_read_as_it_is_written()
    {
        var microseconds = Gen.Choose(0, int.MaxValue).Two().Select(static p => ((long)p.Item1 << 31 | (uint)p.Item2) % (DateTime.MaxValue.Ticks / 10));
        Check.QuickThrowOnFailure(Prop.ForAll(microseconds.ToArbitrary(), static value =>
        {
            var time = new DateTime(value * 10);
            var text = Encoding.ASCII.GetBytes(time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture));
            return CellText.TryDateTime(text, out var read) && read == time;
        }));
    }

    [Theory]
    [InlineData("2024-02-29", "2024-02-29T00:00:00.0000000")]
    [InlineData("2024-02-29 01:02:03", "2024-02-29T01:02:03.0000000")]
    [InlineData("2024-02-29 01:02:03.5", "2024-02-29T01:02:03.5000000")]
    public void Dates_may_have_a_time_and_a_fraction(string text, string expected)
    {
        Assert.True(CellText.TryDateTime(Encoding.ASCII.GetBytes(text), out var value));
        Assert.Equal(expected, value.ToString("O", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000-00-00")]
    [InlineData("0000-00-00 00:00:00")]
    [InlineData("2023-02-29")]
    [InlineData("2023-13-01")]
    [InlineData("2023-01-00")]
    [InlineData("2023-01-01 24:00:00")]
    [InlineData("2023-01-01T01:00:00")]
    [InlineData("2023-01-01 01:00:00.1234567")]
    [InlineData("20x3-01-01")]
    public void What_is_no_date_is_not_read_as_one(string text) => Assert.False(CellText.TryDateTime(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData("00:00:00", 0)]
    [InlineData("838:59:59", 30203990000000)]
    [InlineData("-838:59:59.000001", -30203990000010)]
    [InlineData("-00:00:01", -10000000)]
    public void Times_go_beyond_a_day_and_below_zero(string text, long ticks)
    {
        Assert.True(CellText.TryTime(Encoding.ASCII.GetBytes(text), out var value));
        Assert.Equal(ticks, value.Ticks);
    }

    [Fact]
    public void Bits_are_read_from_the_highest() => Assert.Equal(0x01_02_03UL, CellText.Bits([1, 2, 3]));
}
