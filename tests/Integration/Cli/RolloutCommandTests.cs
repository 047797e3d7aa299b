using System.Collections.Concurrent;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Simulation.Store;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Cli;

/// <summary><c>scheduler lrp rollout</c> with a real BBS.</summary>
public sealed class RolloutCommandTests : IAsyncLifetime
{
    private const string Web =
        "name: web\nimage: busybox\ncommand: [/bin/v1]\ninstances: 3\nports: [8080]\nroutes: [a.example.com]\nreadiness: {http: /}\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("rollout-").FullName;
    private readonly ConcurrentBag<string> _broken = [];
    private BbsHost _bbs = null!;
    private FakeCells? _cells;

    public async ValueTask InitializeAsync()
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");
        await Wait.UntilAsync(async () => (await RunAsync("cell list")).ExitCode == 0);
        _cells = new FakeCells(_bbs);
        _cells.Start();
        await OkAsync($"lrp create -f {Write(Web)} --wait");
    }

    public async ValueTask DisposeAsync()
    {
        await _cells!.DisposeAsync();
        await _bbs.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_good_version_replaces_the_old_one_and_keeps_its_name()
    {
        Watch(least: 3, most: 4);
        var run = await RolloutAsync(Web.Replace("v1", "v2"));
        Assert.Equal((0, "web: version 2 runs\n"), Outcome(run));
        Assert.Contains("web: to version 2: 1/3 of version 2 available, 3 of version 1\n", run.Error);
        Assert.Empty(_broken);

        Assert.Equal([("web", 0), ("web-v2", 3)], await InstancesAsync());
        var shown = (await OkAsync("lrp get web")).Output;
        Assert.Contains("process:          web\n", shown);
        Assert.Contains("version:          2 (web-v2)\n", shown);
        Assert.Contains("command:          /bin/v2\n", shown);
        Assert.Equal(3, shown.Split("RUNNING").Length - 1);
        Assert.Matches(@"^PROCESS .*\nweb +default +3/3 +.*\n$", (await OkAsync("lrp list")).Output);
        Assert.Matches(@"^ROUTE .*(\na\.example\.com +web-v2 +\d .*){3}\n$", (await OkAsync("route list")).Output);

        // The name goes on to mean the app.
        Assert.Equal("web: 2 desired\n", (await OkAsync("lrp scale web 2 --wait")).Output);
        Assert.Equal([("web", 0), ("web-v2", 2)], await InstancesAsync());
        await OkAsync("lrp update web --route b.example.com");
        Assert.Contains("b.example.com", (await OkAsync("route list")).Output);
        Assert.DoesNotContain("a.example.com", (await OkAsync("route list")).Output);
        await OkAsync("lrp update web --no-routes");
        Assert.DoesNotContain("example.com", (await OkAsync("route list")).Output);
        Assert.Equal("web-v2/1: stopped\n", (await OkAsync("lrp restart web/1")).Output);
        var direct = await RunAsync("lrp scale web-v2 5");
        Assert.Equal((3, "error: web-v2 is version 2 of web: name web instead\n"), (direct.ExitCode, direct.Error));
        Assert.Equal(3, (await RunAsync("lrp delete web-v2")).ExitCode);

        Assert.Equal("web: deleted\n", (await OkAsync("lrp delete web --wait")).Output);
        Assert.Empty(await InstancesAsync());
    }

    [Fact]
    public async Task A_bad_version_is_taken_back()
    {
        Watch(least: 3, most: 4);
        var crashing = await RolloutAsync(Web.Replace("v1", "bad"));
        Assert.Equal((1, ""), Outcome(crashing));
        Assert.EndsWith("error: web: version 2: instance 0 crashed 3 times: exited with status 7; version 1 runs again\n", crashing.Error);
        var sick = await RolloutAsync(Web.Replace("v1", "sick"), "--progress-timeout 500ms");
        Assert.Equal((1, ""), Outcome(sick));
        Assert.EndsWith(
            "error: web: version 3: instance 0 did not become available in time: not ready; version 1 runs again\n",
            sick.Error
        );
        Assert.Empty(_broken);
        Assert.Equal([("web", 3), ("web-v2", 0), ("web-v3", 0)], await InstancesAsync());
        Assert.Matches(
            @"^VERSION .*\n1 +web +current +- +preloaded:busybox\n2 +web-v2 +failed +\ds +preloaded:busybox +instance 0 crashed 3 times.*\n3 +web-v3 +failed .*\n$",
            (await OkAsync("lrp rollout history web")).Output
        );
        Assert.Equal(3, (await RunAsync("lrp rollout undo web")).ExitCode);
    }

    [Fact]
    public async Task What_was_can_come_back()
    {
        await OkAsync("lrp rollout web --min-healthy 0 -- /bin/v2 --flag");
        await OkAsync("lrp scale web 2");
        await OkAsync("lrp rollout web --min-healthy 0 --env A=b --memory 64M");
        var third = (await OkAsync("lrp get web --json")).Output;
        Assert.Contains("\"path\":\"/bin/v2\",\"args\":[\"--flag\"]", third);
        Assert.Contains("\"memory_mb\":64", third);
        Assert.Contains("a.example.com", third);

        Watch(least: 2, most: 3);
        Assert.Equal("web: version 2 runs\n", (await OkAsync("lrp rollout undo web --min-healthy 0")).Output);
        Assert.Equal([("web", 0), ("web-v2", 2), ("web-v3", 0)], await InstancesAsync());
        Assert.Equal("web: version 3 runs\n", (await OkAsync("lrp rollout undo web --min-healthy 0")).Output);
        Assert.Equal("web: version 1 runs\n", (await OkAsync("lrp rollout undo web --to-version 1 --min-healthy 0")).Output);
        Assert.Equal([("web", 2), ("web-v2", 0), ("web-v3", 0)], await InstancesAsync());
        Assert.Empty(_broken);
        Assert.Contains("web has no version 9; it has 1, 2, 3", (await RunAsync("lrp rollout undo web --to-version 9")).Error);
        Assert.Contains("version 1 of web is the current one", (await RunAsync("lrp rollout undo web --to-version 1")).Error);
    }

    [Fact]
    public async Task It_stops_after_the_first_step_and_goes_on_or_back()
    {
        var paused = await RolloutAsync(Web.Replace("v1", "v2"), "--pause");
        Assert.Equal((0, "web: paused on the way to version 2; scheduler lrp rollout web --resume goes on\n"), Outcome(paused));
        Assert.Equal([("web", 3), ("web-v2", 1)], await InstancesAsync());

        // Both versions are the app.
        Assert.Matches(@"\nweb +default +4/3 .* paused on the way to version 2\n$", (await OkAsync("lrp list")).Output);
        Assert.Matches(@"\nPROCESS +INDEX .*(\nweb +\d +RUNNING .*){3}\nweb-v2 +0 +RUNNING", (await OkAsync("lrp get web")).Output);
        Assert.Equal(5, (await OkAsync("route list")).Output.TrimEnd().Split('\n').Length);
        Assert.Matches("version 2: +1 of 1 instances serve\n", (await OkAsync("lrp rollout status web")).Output);
        Assert.StartsWith(
            """{"name":"web","version":1,"from":1,"to":2,"goes_back":false,"paused":true,"reason":"",""",
            (await OkAsync("lrp rollout status web --json")).Output
        );

        // Nobody interferes.
        foreach (
            var line in (string[])
                ["lrp scale web 5", "lrp update web --annotation x", "lrp rollout web --env A=b", $"apply -f {Write(Web)}"]
        )
        {
            var refused = await RunAsync(line);
            Assert.Equal((3, ""), Outcome(refused));
            Assert.StartsWith("error: web is being rolled out to version 2: ", refused.Error);
        }

        Assert.Equal("web: version 1 runs again\n", (await OkAsync("lrp rollout undo web")).Output);
        Assert.Equal([("web", 3), ("web-v2", 0)], await InstancesAsync());

        await RolloutAsync(Web.Replace("v1", "v3"), "--pause");
        Assert.Equal("web: version 3 runs\n", (await OkAsync("lrp rollout web --resume --min-healthy 0")).Output);
        Assert.Equal([("web", 0), ("web-v2", 0), ("web-v3", 3)], await InstancesAsync());
        Assert.Contains("no rollout of web is under way", (await RunAsync("lrp rollout web --resume")).Error);
    }

    [Fact]
    public async Task Another_client_pauses_resumes_and_takes_back()
    {
        var first = RolloutAsync(Web.Replace("v1", "sick"), "--progress-timeout 60s");
        await Wait.UntilAsync(async () => (await InstancesAsync()).Contains(("web-v2", 1)));
        var busy = await RunAsync("lrp rollout web --resume");
        Assert.Equal(3, busy.ExitCode);
        Assert.StartsWith("error: another client carries out the rollout of web (", busy.Error);

        Assert.Equal("web: paused on the way to version 2\n", (await OkAsync("lrp rollout web --pause")).Output);
        Assert.StartsWith("web: paused on the way to version 2;", (await first).Output);

        var second = RunAsync("lrp rollout web --resume");
        await Wait.UntilAsync(async () =>
            (await OkAsync("lrp rollout status web")).Output.Contains("to version 2\n") && !second.IsCompleted
        );
        Assert.Equal("web: version 1 runs again\n", (await OkAsync("lrp rollout undo web")).Output);
        var ended = await second;
        Assert.Equal(1, ended.ExitCode);
        Assert.EndsWith("error: web: version 2: undone; version 1 runs again\n", ended.Error);
        Assert.Equal([("web", 3), ("web-v2", 0)], await InstancesAsync());
    }

    [Fact]
    public async Task Another_client_goes_on_after_one_that_died()
    {
        await RolloutAsync(Web.Replace("v1", "v2"), "--pause");
        // As it is when a client dies in the middle: nothing is paused, and its lock is still there.
        var named = (await _bbs.DesiredLrps.GetAsync(new GetDesiredLRPRequest { ProcessGuid = "web" })).DesiredLrp;
        var routes = named.Routes.Clone();
        var record = routes.Routes["scheduler-versions"].ToStringUtf8();
        Assert.Contains("\"pause\":\"Paused\"", record);
        routes.Routes["scheduler-versions"] = Google.Protobuf.ByteString.CopyFromUtf8(record.Replace("Paused", "None"));
        await _bbs.DesiredLrps.UpdateAsync(
            new UpdateDesiredLRPRequest
            {
                ProcessGuid = "web",
                Update = new DesiredLRPUpdate { Routes = routes },
            }
        );
        await _bbs.Locks.AcquireAsync(
            new AcquireLockRequest
            {
                Lock = new LockEntry { Key = "rollout/web", Owner = "the dead one" },
                TtlMs = 1_000,
            }
        );
        Assert.Contains("the dead one", (await RunAsync("lrp rollout web --resume")).Error);
        CommandRun run = null!;
        await Wait.UntilAsync(async () => (run = await RunAsync("lrp rollout web --resume --min-healthy 0")).ExitCode == 0);
        Assert.Equal("web: version 2 runs\n", run.Output);
        Assert.Equal([("web", 0), ("web-v2", 3)], await InstancesAsync());
    }

    [Fact]
    public async Task What_a_dead_client_left_is_cleaned_up()
    {
        // It died after it had created the LRP, and somebody else has the next name.
        await RolloutAsync(Web.Replace("v1", "bad"));
        var left = (await _bbs.DesiredLrps.GetAsync(new GetDesiredLRPRequest { ProcessGuid = "web-v2" })).DesiredLrp;
        left.ProcessGuid = "web-v3";
        left.Routes.Routes["scheduler-versions"] = Google.Protobuf.ByteString.CopyFromUtf8("""{"app":"web","version":3}""");
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = left });
        Assert.Equal("web: version 3 runs\n", (await RolloutAsync(Web.Replace("v1", "v3"))).Output);

        await OkAsync("lrp create web-v4 --image busybox -- /bin/other");
        Assert.Equal("web: version 5 runs\n", (await RolloutAsync(Web.Replace("v1", "v5"))).Output);
        Assert.Contains("/bin/other", (await OkAsync("lrp get web-v4")).Output);
    }

    [Fact]
    public async Task Applying_a_file_rolls_out_what_cannot_change()
    {
        var file = Write(Web.Replace("v1", "v2").Replace("instances: 3", "instances: 2"));
        Watch(least: 2, most: 4);
        Assert.Equal("web: version 2 runs\nweb: updated (new version)\n", (await OkAsync($"apply -f {file} --min-healthy 0")).Output);
        Assert.Empty(_broken);
        Assert.Equal([("web", 0), ("web-v2", 2)], await InstancesAsync());
        Assert.Equal("web: unchanged\n", (await OkAsync($"apply -f {file}")).Output);

        Write(Web.Replace("v1", "v2").Replace("instances: 3", "instances: 4"));
        Assert.Equal("web: updated (instances)\n", (await OkAsync($"apply -f {file} --wait")).Output);
        Assert.Equal([("web", 0), ("web-v2", 4)], await InstancesAsync());

        Write(Web.Replace("v1", "bad"));
        var bad = await RunAsync($"apply -f {file}");
        Assert.Equal((1, ""), Outcome(bad));
        // The number of instances that there was comes back too.
        Assert.Equal([("web", 0), ("web-v2", 4), ("web-v3", 0)], await InstancesAsync());
    }

    [Theory]
    [InlineData("lrp rollout", "NAME: is required: the process to roll out")]
    [InlineData("lrp rollout web", "--file: is required, or one of --image, --env")]
    [InlineData("lrp rollout web --resume --pause", "--resume: cannot be combined with --pause or a new version")]
    [InlineData("lrp rollout web --env A=b --max-surge 0", "--max-surge: must be above 0 if --max-unavailable is 0: nothing could move")]
    [InlineData("lrp rollout web --env A=b --max-surge 101%", "--max-surge: must be a number of instances such as 2, or a percentage")]
    [InlineData("lrp rollout web --env A=b --progress-timeout 0", "--progress-timeout: must be a duration above 0")]
    [InlineData("lrp rollout web --env A=b --progress-timeout 2s", "--progress-timeout: must be longer than --min-healthy, ")]
    [InlineData("lrp rollout web --env A=b --min-healthy x", "--min-healthy: must be a duration such as 10s, or 0, not \"x\"")]
    [InlineData("lrp rollout web --env A", "--env: must be NAME=VALUE")]
    [InlineData("lrp rollout undo web --to-version 0", "--to-version: must be a whole number of at least 1")]
    public async Task What_makes_no_sense_is_bad_input(string line, string error)
    {
        var run = await RunAsync(line);
        Assert.Equal((2, ""), Outcome(run));
        Assert.StartsWith($"error: {error}", run.Error);
        Assert.Equal([("web", 3)], await InstancesAsync());
    }

    [Fact]
    public async Task The_same_again_is_no_new_version()
    {
        var run = await RolloutAsync(Web);
        Assert.Equal((2, ""), Outcome(run));
        Assert.StartsWith("error: web: the new version would be the same as version 1; ", run.Error);
        Assert.Equal("web: version 2 runs\n", (await OkAsync("lrp rollout web --restart --min-healthy 0")).Output);
        Assert.Equal([("web", 0), ("web-v2", 3)], await InstancesAsync());
    }

    private static (int ExitCode, string Output) Outcome(CommandRun run) => (run.ExitCode, run.Output);

    /// <summary>Records every moment at which too few are available or too many exist.</summary>
    private void Watch(int least, int most) =>
        _cells!.Seen = (lrps, rows) =>
        {
            // An LRP that was scaled down stops what is beyond at once.
            var available = rows.Count(row =>
                row.State == ActualLrpStateNames.Running
                && !(row.HasRoutable && !row.Routable)
                && lrps.Any(lrp => lrp.ProcessGuid == row.ActualLrpKey.ProcessGuid && row.ActualLrpKey.Index < lrp.Instances)
            );
            if (available < least || rows.Count > most)
                _broken.Add($"{available} available, {rows.Count} in all");
        };

    private Task<CommandRun> RolloutAsync(string text, string more = "") =>
        RunAsync($"lrp rollout -f {Write(text)} --min-healthy 0 {more}".TrimEnd());

    private async Task<CommandRun> OkAsync(string line)
    {
        var run = await RunAsync(line);
        Assert.True(run.ExitCode == 0, $"{line} exited with {run.ExitCode}: {run.Output}{run.Error}");
        return run;
    }

    private async Task<CommandRun> RunAsync(string line)
    {
        var words = line.Split(' ');
        var dash = Array.IndexOf(words, "--");
        var run = CommandRun.Of([.. dash < 0 ? words : words[..dash], "--bbs", _bbs.Url, .. dash < 0 ? [] : words[dash..]]);
        if (_cells is not null && await Task.WhenAny(run, _cells.Working) != run)
            await _cells.Working;
        return await run;
    }

    private async Task<List<(string, int)>> InstancesAsync()
    {
        var lrps = new List<(string, int)>();
        using var call = _bbs.DesiredLrps.List(new ListDesiredLRPsRequest());
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
            lrps.AddRange(call.ResponseStream.Current.DesiredLrps.Select(lrp => (lrp.ProcessGuid, lrp.Instances)));
        lrps.Sort();
        return lrps;
    }

    private string Write(string text)
    {
        var path = Path.Combine(_folder, "web.yaml");
        File.WriteAllText(path, text);
        return path;
    }
}
