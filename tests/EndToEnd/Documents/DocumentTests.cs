using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd.Documents;

/// <summary>The sessions that the README and the tour show, typed into a real shell beside a node with real containers.</summary>
public sealed class DocumentTests
{
    [Fact]
    public async Task What_the_README_and_the_tour_show_is_what_happens()
    {
        var home = $"/var/lib/scheduler/e2e-{Guid.NewGuid():N}";
        await using (var node = await DevNode.StartAsync(home, "--router", "127.0.0.1:0"))
        {
            using var session = new DocumentedSession(node.RuntimeDirectory, (await node.RouteUrlAsync()).Port);
            foreach (var (document, heading) in new[] { ("README.md", "Run an app in a minute"), ("docs/tour.md", null) })
            {
                var steps = ConsoleStep.Of(await File.ReadAllTextAsync(Path.Combine(Repository.Root, document)), heading);
                Assert.NotEmpty(steps);
                foreach (var step in steps)
                    await session.DoAsync(step, document);
            }
            Assert.Equal(0, await node.StopAsync());
        }
        Assert.DoesNotContain(home, await File.ReadAllTextAsync("/proc/self/mountinfo"), StringComparison.Ordinal);
    }
}
