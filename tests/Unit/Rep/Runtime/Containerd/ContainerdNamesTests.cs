using Scheduler.Rep.Runtime.Containerd;

namespace Scheduler.Tests.Unit.Rep.Runtime.Containerd;

public class ContainerdNamesTests
{
    [Theory]
    [InlineData("web-0", "cell-web-0")]
    [InlineData("a_b.c", "cell-a_b.c")]
    public void A_handle_that_fits_is_recognizable(string handle, string name) =>
        Assert.Equal(name, ContainerdNames.OfContainer("cell", handle));

    [Theory]
    [InlineData("two--dashes")]
    [InlineData("ends-")]
    [InlineData("..")]
    public void Others_are_valid_and_their_own(string handle)
    {
        var name = ContainerdNames.OfContainer("cell", handle);
        Assert.True(ContainerdNames.IsValid(name), name);
        Assert.NotEqual(name, ContainerdNames.OfContainer("cell", handle + "x"));
        Assert.NotEqual(name, ContainerdNames.OfContainer("other", handle));
        Assert.True(ContainerdNames.IsValid(ContainerdNames.OfProcess(handle)));
    }

    [Fact]
    public void The_longest_handles_fit()
    {
        var (one, other) = (new string('a', 127) + "1", new string('a', 127) + "2");
        Assert.True(ContainerdNames.IsValid(ContainerdNames.OfContainer("0123456789ab", one)));
        Assert.NotEqual(ContainerdNames.OfContainer("0123456789ab", one), ContainerdNames.OfContainer("0123456789ab", other));
        Assert.True(ContainerdNames.IsValid(ContainerdNames.OfProcess(one)));
        Assert.Equal("action.0.1", ContainerdNames.OfProcess("action.0.1"));
    }
}
