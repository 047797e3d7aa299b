using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Unit.Rep.Runtime;

public sealed class RuntimeOptionsTests
{
    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 4)]
    [InlineData(0, 64, 128)]
    [InlineData(32, 2, 32)]
    public void As_many_containers_are_made_at_once_as_the_cores_can_carry(int option, int cores, int atOnce) =>
        Assert.Equal(atOnce, new RuntimeOptions { MaxConcurrentCreates = option }.CreatesAtOnce(cores));
}
