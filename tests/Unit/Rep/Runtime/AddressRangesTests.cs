using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Unit.Rep.Runtime;

public sealed class AddressRangesTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("192.0.2.1-192.0.2.9", "192.0.2.1-192.0.2.9")]
    [InlineData("192.0.2.1-192.0.2.1", "192.0.2.1")]
    [InlineData("10.0.0.1/8", "10.0.0.0-10.255.255.255")]
    [InlineData("0.0.0.0/0", "0.0.0.0-255.255.255.255")]
    [InlineData("192.0.2.1/32", "192.0.2.1")]
    [InlineData("192.0.2.0/25, 192.0.2.128/25", "192.0.2.0-192.0.2.255")]
    [InlineData("192.0.2.9,192.0.2.1,192.0.2.10", "192.0.2.1 192.0.2.9-192.0.2.10")]
    [InlineData("10.0.0.0/8,10.1.0.0/16", "10.0.0.0-10.255.255.255")]
    [InlineData("255.255.255.255,255.0.0.0/8", "255.0.0.0-255.255.255.255")]
    [InlineData("2001:db8::/32,::1-::2", "")]
    public void Reads_destinations(string destinations, string ranges)
    {
        Assert.True(AddressRanges.IsDestination(destinations));
        Assert.Equal(ranges, string.Join(' ', AddressRanges.Of([destinations]).Select(AddressRanges.Text)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("192.0.2.9-192.0.2.1")]
    [InlineData("192.0.2.1,")]
    [InlineData("0x7f.0.0.1; flush ruleset")]
    [InlineData("example.org")]
    public void Refuses_what_is_no_destination(string text) => Assert.False(AddressRanges.IsDestination(text));
}
