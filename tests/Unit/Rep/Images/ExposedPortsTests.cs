using System.Text.Json;
using Scheduler.Rep.Images.Content;

namespace Scheduler.Tests.Unit.Rep.Images;

public sealed class ExposedPortsTests
{
    [Theory]
    [InlineData("""{"9090/udp":{},"8080/tcp":{},"80":null}""", "80/tcp 8080/tcp 9090/udp")]
    [InlineData("""{"80":{},"80/tcp":{}}""", "80/tcp")]
    [InlineData("""{"0":{},"65536":{},"-1":{},"80/x":{},"80/tcp/x":{},"":{},"8080-8090":{}}""", "")]
    [InlineData("""["80"]""", "")]
    [InlineData("null", "")]
    public void Are_those_that_are_ports(string json, string ports) =>
        Assert.Equal(ports, string.Join(' ', ExposedPorts.Of(JsonDocument.Parse(json).RootElement)));

    [Fact]
    public void Are_not_many() =>
        Assert.Equal(
            64,
            ExposedPorts.Of(JsonSerializer.SerializeToElement(Enumerable.Range(1, 60_000).ToDictionary(port => $"{port}", _ => 0))).Count
        );
}
