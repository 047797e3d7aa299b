using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd;

/// <summary>The demo, as whoever has just got the program runs it, with each runtime.</summary>
public sealed class DemoTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("runc")]
    [InlineData("containerd", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("docker", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    public async Task Every_scene_succeeds_and_nothing_is_left(string runtime)
    {
        var directory = Directory.CreateTempSubdirectory("e2e-demo-").FullName;
        try
        {
            await using var machine = await EngineMachine.StartAsync(runtime);
            await using var demo = SchedulerProcess.Start("demo", directory, machine.NetworkNamespace, ["demo", .. machine.Flags]);
            var code = await demo.WaitAsync();
            output.WriteLine(demo.Log);
            Assert.True(code == 0, demo.Log);
            Assert.Contains("Every step succeeded.", demo.Log, StringComparison.Ordinal);
            Assert.Empty(await machine.LeftAsync());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
