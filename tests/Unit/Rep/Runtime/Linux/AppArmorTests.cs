using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Tests.Unit.Rep.Runtime.Linux;

public sealed class AppArmorTests
{
    private static readonly string[] Loaded = ["docker-default (enforce)", "scheduler-default (enforce)"];

    [Fact]
    public void Takes_the_default_profile_where_it_is_loaded_and_says_where_it_is_not()
    {
        Assert.Equal(new AppArmorChoice("scheduler-default", false), AppArmor.Choose("", true, Loaded));
        Assert.Equal(new AppArmorChoice(null, true), AppArmor.Choose("", true, ["docker-default (enforce)"]));
        Assert.Equal(new AppArmorChoice(null, false), AppArmor.Choose("", false, []));
        Assert.Equal(new AppArmorChoice(null, false), AppArmor.Choose("none", true, Loaded));
    }

    [Fact]
    public void Goes_without_no_profile_that_was_asked_for()
    {
        Assert.Equal("docker-default", AppArmor.Choose("docker-default", true, Loaded).Profile);
        Assert.Throws<ContainerRuntimeException>(() => AppArmor.Choose("docker", true, Loaded));
        Assert.Throws<ContainerRuntimeException>(() => AppArmor.Choose("docker-default", false, []));
    }
}
