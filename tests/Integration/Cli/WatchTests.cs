using System.Text.Json.Nodes;
using Scheduler.Cli;
using Scheduler.Contracts.V1;
using Scheduler.Simulation.Store;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Cli;

/// <summary><c>--watch</c> and <c>--output</c> with a real BBS.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private BbsHost _bbs = null!;

    public async ValueTask InitializeAsync()
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");
        await Wait.UntilAsync(async () => (await Run("cell list")).ExitCode == 0);
    }

    public async ValueTask DisposeAsync() => await _bbs.DisposeAsync();

    [Fact]
    public async Task A_process_is_watched_to_its_end()
    {
        await OkAsync("lrp create web --image busybox --instances 2 -- sh");
        var watch = new Watched(this, "lrp get web --watch");
        await watch.UntilAsync("\nweb/1     UNCLAIMED");
        await StartAsync("web", 1);
        await watch.UntilAsync("\nweb/1     RUNNING");
        Assert.DoesNotContain("\nweb/0     RUNNING", watch.Output);
        await OkAsync("lrp delete web");
        Assert.Equal(0, await watch.Ended);
        Assert.StartsWith("INSTANCE  STATE", watch.Output);
        Assert.Contains("\nweb/0     gone\n", watch.Output);
    }

    [Fact]
    public async Task Programs_get_each_change_as_an_object()
    {
        await OkAsync("lrp create web --image busybox -- sh");
        var watch = new Watched(this, "lrp get web --watch --json");
        await watch.UntilAsync("UNCLAIMED");
        await StartAsync("web", 0);
        await watch.UntilAsync("RUNNING");
        await OkAsync("lrp delete web");
        Assert.Equal(0, await watch.Ended);
        var objects = watch.Output.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        Assert.Equal("web", (string?)objects[0]["process_guid"]);
        Assert.Equal(
            ["UNCLAIMED", "RUNNING"],
            objects.Where(one => one.ContainsKey("state")).Select(one => (string?)one["state"]).Where(state => state != "CLAIMED")
        );
        Assert.Contains(objects, one => (string?)one["removed"] == "web");
    }

    [Fact]
    public async Task A_list_goes_on_when_it_is_empty_and_when_the_server_was_away()
    {
        var watch = new Watched(this, "task list -w");
        await watch.UntilAsync("TASK");
        await OkAsync("task create one --image busybox -- sh");
        await watch.UntilAsync("\none");
        await OkAsync("task cancel one");
        await watch.UntilAsync("COMPLETED");
        Assert.False(watch.Ended.IsCompleted);
        await watch.StopAsync();
    }

    [Fact]
    public async Task Cells_come_and_go()
    {
        var watch = new Watched(this, "cell list --watch --output yaml");
        await _bbs.Presences.AnnounceAsync(
            new AnnounceCellRequest
            {
                Owner = "run-1",
                TtlMs = 600_000,
                Presence = A.Cell("cell-1"),
            }
        );
        await watch.UntilAsync("---\ncell_id: cell-1\n");
        await watch.StopAsync();
    }

    [Fact]
    public async Task The_same_objects_are_tables_JSON_and_YAML()
    {
        await OkAsync("lrp create web --image busybox --port 8080 --route web.localhost -- sh");
        var table = (await Run("lrp list --output table")).Output;
        Assert.Equal((await Run("lrp list")).Output, table);
        Assert.DoesNotContain("web.localhost", table);
        Assert.Matches("PORTS  ROUTES +TAGS\n.*8080   web.localhost  -\n", (await Run("lrp list -o wide")).Output);
        Assert.Equal((await Run("lrp list --json")).Output, (await Run("lrp list --output json")).Output);
        var yaml = (await Run("lrp list --output yaml")).Output;
        Assert.StartsWith("---\nprocess_guid: web\n", yaml);
        Assert.Contains("\n  cf-router:\n    - hostnames:\n        - web.localhost\n", yaml);
        Assert.StartsWith("---\n", (await Run("lrp get web -o yaml")).Output);
        Assert.Contains("GUID\n", (await Run("lrp get web -o wide")).Output);
        Assert.Equal("---\napps\n", (await Run("domain set apps")) is { ExitCode: 0 } ? (await Run("domain list -o yaml")).Output : "");
    }

    private async Task StartAsync(string guid, int index)
    {
        await _bbs.CellLrps.ClaimAsync(A.Claim(guid, index, A.Instance($"{guid}-{index}", "cell-1")));
        await _bbs.CellLrps.StartAsync(A.Start(guid, index, A.Instance($"{guid}-{index}", "cell-1")));
    }

    private async Task OkAsync(string line)
    {
        var run = await Run(line);
        Assert.True(run.ExitCode == 0, run.Error);
    }

    private Task<CommandRun> Run(string line) => CommandRun.Of(WithServer(line));

    private string[] WithServer(string line)
    {
        var words = line.Split(' ');
        return [words[0], "--bbs", _bbs.Url, .. words[1..]];
    }

    /// <summary>A command that is still running.</summary>
    private sealed class Watched
    {
        private readonly StringWriter _text = new();
        private readonly TextWriter _output;
        private readonly CancellationTokenSource _stop = new();

        public Watched(WatchTests tests, string line)
        {
            _output = TextWriter.Synchronized(_text);
            Ended = CommandLine.RunAsync(tests.WithServer(line), _output, _output, cancellationToken: _stop.Token);
        }

        public Task<int> Ended { get; }

        public string Output
        {
            get
            {
                // The synchronized writer locks itself.
                lock (_output)
                    return _text.ToString();
            }
        }

        public async Task UntilAsync(string text)
        {
            await Wait.UntilAsync(() => Ended.IsCompleted || Output.Contains(text, StringComparison.Ordinal), $"{text} in the output");
            Assert.Contains(text, Output);
        }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            Assert.Equal(130, await Ended);
        }
    }
}
