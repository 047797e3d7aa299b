using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;

namespace Scheduler.Tests.Unit.Rep.Runtime.Simulated;

public sealed class SimulatedProgramsTests
{
    [Theory]
    [InlineData("true", "", 0, 0.0)]
    [InlineData("/bin/false", "", 1, 0.0)]
    [InlineData("/bin/sleep", "0.5", 0, 0.5)]
    public void Ends_as_the_program_of_that_name(string path, string argument, int code, double seconds)
    {
        var plan = Plan(path, argument);
        Assert.Equal((code, TimeSpan.FromSeconds(seconds)), (plan.ExitCode, plan.RunsFor));
    }

    [Theory]
    [InlineData("/bin/server", "")]
    [InlineData("sleep", "")]
    [InlineData("sleep", "-1")]
    [InlineData("sleep", "infinity")]
    [InlineData("sleep", "1e300")]
    [InlineData("sleep", "99999999999999999999")]
    public void Others_run_until_they_are_stopped(string path, string argument) => Assert.Null(Plan(path, argument).RunsFor);

    private static SimulatedProcessPlan Plan(string path, string argument) =>
        SimulatedPrograms.Plan(
            new ContainerSpec { Handle = "any", RootFs = "oci:///any" },
            "action",
            new ProcessSpec { Path = path, Args = argument.Length == 0 ? [] : [argument] }
        );
}
