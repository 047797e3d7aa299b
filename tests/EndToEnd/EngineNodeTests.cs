using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd;

/// <summary>
/// What people do with <c>dev</c>, with each runtime: an application image behind a URL, tasks, commands in instances, files, crashes,
/// scaling, a node that is killed, a cell that is drained. Other tests do all of this with runc, each more thoroughly.
/// </summary>
[Trait(TestScale.Run, TestScale.NightlyOnly)]
public sealed class EngineNodeTests
{
    [Theory]
    [InlineData("runc")]
    [InlineData("containerd")]
    [InlineData("docker")]
    public async Task Does_the_whole_job(string runtime)
    {
        var home = $"/var/lib/scheduler/e2e-{Guid.NewGuid():N}";
        var images = Directory.CreateTempSubdirectory("e2e-images-").FullName;
        try
        {
            await using var machine = await EngineMachine.StartAsync(runtime);
            var archive = await ArchiveAsync(images);
            string[] flags = ["--router", "127.0.0.1:8080", .. machine.Flags];
            var before = await DevNode.StartOnAsync(machine.NetworkNamespace, home, flags);
            IReadOnlyList<string> hostNames;
            try
            {
                await AppAsync(before, machine, archive);
                await AccessAsync(before, home);
                await TaskAsync(before, archive);
                await CrashAsync(before);
                await RunAsync(before, "lrp scale web 3 --wait");
                hostNames = await HostNamesAsync(before);
            }
            catch
            {
                await before.DisposeAsync(); // with its containers
                throw;
            }

            await before.KillAsync();

            await using (var node = await DevNode.StartOnAsync(machine.NetworkNamespace, home, flags))
            {
                Assert.Equal(hostNames, await HostNamesAsync(node));
                await ServesAsync(machine);
                var drained = (await RunAsync(node, "lrp get web")).Contains("cell-1", StringComparison.Ordinal) ? "cell-1" : "cell-2";
                await RunAsync(node, $"cell drain {drained} --wait");
                Assert.DoesNotContain(drained, await RunAsync(node, "lrp get web"), StringComparison.Ordinal);
                await ServesAsync(machine);
                await RunAsync(node, "lrp delete web --wait");
                Assert.DoesNotContain("stopping", node.Log, StringComparison.Ordinal);
                Assert.Equal(0, await node.StopAsync());
                Assert.DoesNotContain(
                    await machine.LeftAsync(),
                    left => !left.StartsWith("image ", StringComparison.Ordinal) // they stay for the next start
                );
            }

            Assert.DoesNotContain(home, await File.ReadAllTextAsync("/proc/self/mountinfo"), StringComparison.Ordinal);
            Assert.DoesNotContain(home, await Shell.RunAsync("ps", "-eo", "args="), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(images, recursive: true);
        }
    }

    private static async Task AppAsync(DevNode node, EngineMachine machine, string archive)
    {
        await RunAsync(node, $"lrp create web --image {archive} --instances 2 --port 8080 --route web.localhost --check-http / --wait");
        await ServesAsync(machine);
        Assert.Contains(archive, await RunAsync(node, "image ls"), StringComparison.Ordinal);
        Assert.Contains("version one starts as app in /srv/app", await RunAsync(node, "logs web/0"), StringComparison.Ordinal);
    }

    private static async Task AccessAsync(DevNode node, string home)
    {
        var run = await node.RunAsync("exec", "web/0", "--", "sh", "-c", "id -un; exit 7");
        Assert.Equal((7, "app\n"), (run.ExitCode, run.Output));
        await File.WriteAllTextAsync(Path.Combine(home, "given"), "given");
        await RunAsync(node, $"cp {home}/given web/0:/tmp/given");
        await RunAsync(node, $"cp web/0:/tmp/given {home}/taken");
        Assert.Equal("given", await File.ReadAllTextAsync(Path.Combine(home, "taken")));
        Assert.Contains("web/1", await RunAsync(node, "top web --once"), StringComparison.Ordinal);
    }

    private static async Task TaskAsync(DevNode node, string archive)
    {
        await RunAsync(
            node,
            $"task create sum --image {archive} --wait --result-file /tmp/r --",
            "sh",
            "-c",
            "echo $((6 * 7)) > /tmp/r; id -un"
        );
        Assert.Contains("42", await RunAsync(node, "task get sum"), StringComparison.Ordinal);
        Assert.Contains("app", await RunAsync(node, "logs sum"), StringComparison.Ordinal);
        var failed = await node.RunAsync("task", "create", "fails", "--image", archive, "--wait", "--", "sh", "-c", "exit 4");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("Exited with status 4", failed.Output + failed.Error, StringComparison.Ordinal);
    }

    private static async Task CrashAsync(DevNode node)
    {
        await node.RunAsync("exec", "web/1", "--", "sh", "-c", "kill -9 $(pidof httpd)");
        await Eventually.TrueAsync(
            async () => (await RunAsync(node, "lrp get web --json")).Contains("\"crash_count\":1", StringComparison.Ordinal),
            "the crash was counted"
        );
        await RunAsync(node, "lrp scale web 2 --wait");
        var last = await RunAsync(node, "logs --previous web/1");
        Assert.Contains("version one starts", last, StringComparison.Ordinal);
        Assert.Contains("Exited with status 137", last, StringComparison.Ordinal);
    }

    /// <summary>Of the instances: each container's is its own.</summary>
    private static async Task<IReadOnlyList<string>> HostNamesAsync(DevNode node)
    {
        var names = new List<string>();
        for (var index = 0; index < 3; index++)
            names.Add(await RunAsync(node, $"exec web/{index} -- hostname"));
        return names;
    }

    /// <summary>The app answers at its URL, as soon as the route has reached the router.</summary>
    private static Task ServesAsync(EngineMachine machine) =>
        Eventually.TrueAsync(
            async () =>
                (
                    await Shell.TryAsync(
                        "nsenter",
                        $"--net=/run/netns/{machine.NetworkNamespace}",
                        "--",
                        "busybox",
                        "wget",
                        "-qO-",
                        "--header",
                        "Host: web.localhost",
                        "http://127.0.0.1:8080/"
                    )
                )
                    is (0, "one"),
            "the app answers at its URL"
        );

    /// <summary>An image as <c>docker save</c> writes it.</summary>
    private static async Task<string> ArchiveAsync(string directory)
    {
        var archive = Path.Combine(directory, "web.tar");
        await new BuiltImage(directory).ArchiveAsync("one", archive);
        return archive;
    }

    private static async Task<string> RunAsync(DevNode node, string words, params string[] more)
    {
        var run = await node.RunAsync([.. words.Split(' '), .. more]);
        Assert.True(run.ExitCode == 0, $"{words} exited with {run.ExitCode}: {run.Output}{run.Error}");
        return run.Output;
    }
}
