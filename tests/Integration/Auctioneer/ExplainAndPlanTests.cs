using System.Text.Json;
using Microsoft.Extensions.Logging;
using Scheduler.Cli.Node;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Auctioneer;

/// <summary>The client's explain and plan against every component of a node, over mutual TLS, with simulated containers.</summary>
public sealed class ExplainAndPlanTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private AllInOneNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await AllInOneNode.StartAsync(
            new NodeOptions
            {
                DataDirectory = Path.Combine(_folder.FullName, "node"),
                Listen = "127.0.0.1:0",
                Cells = 3,
                Zones = 3,
                Runtime = RuntimeKind.Simulated,
                PreloadedRootFs = new Dictionary<string, string> { ["busybox"] = _folder.FullName },
                LogLevel = LogLevel.Error,
            },
            CancellationToken.None
        );
        await Wait.UntilAsync(async () => (await PlanJson("--instances", "1")).GetProperty("usable_cells").GetInt32() == 3);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.StopAsync(CancellationToken.None);
        await _node.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_LRP_that_cannot_fit_names_the_freest_cell()
    {
        await Create("big", "--memory", "4G");
        var run = await ExplainOnceDecided("big");
        Assert.Contains("last decision:  insufficient resources: memory, ", run.Output);
        Assert.Contains("memory  3 of 3    needs 4096 MB: the freest matching cell, cell-", run.Output);
        Assert.Contains(", has 2048 MB", run.Output);
    }

    [Fact]
    public async Task An_LRP_with_a_tag_that_no_cell_has_says_so()
    {
        await Create("gpu", "--tag", "gpu");
        var run = await ExplainOnceDecided("gpu/0");
        Assert.Contains("now:            found no compatible cell with placement tag \"gpu\"", run.Output);
        Assert.Contains("placement tags  3 of 3    the nearest cell, cell-", run.Output);
        Assert.Contains("does not have \"gpu\"", run.Output);
    }

    [Fact]
    public async Task An_LRP_that_was_placed_shows_its_cells_score_first()
    {
        await Create("web", "--wait");
        var answer = JsonDocument.Parse((await Run("explain", "web", "--json")).Output).RootElement;
        var cell = answer.GetProperty("cell_id").GetString();
        Assert.Equal(cell, answer.GetProperty("last").GetProperty("cell_id").GetString());
        var now = answer.GetProperty("now");
        Assert.Equal(3, now.GetProperty("feasible").GetInt32());
        Assert.Equal(now.GetProperty("cell_id").GetString(), now.GetProperty("bids")[0].GetProperty("cell_id").GetString());
        Assert.Contains("3 cells can run it, best first", (await Run("explain", "web/0")).Output);
    }

    [Fact]
    public async Task A_plan_places_nothing_and_supposes_what_it_is_told()
    {
        var asItIs = await PlanJson("--instances", "6");
        var less = await PlanJson("--instances", "6", "--drain", "cell-1", "--without-cell", "cell-2");
        var more = await PlanJson("--instances", "6", "--add-cells", "2", "--like", "cell-1");

        Assert.Equal((6, 3, 3), (Placed(asItIs), Cells(asItIs), UsableCells(asItIs)));
        Assert.Equal((4, 2, 1), (Placed(less), Cells(less), UsableCells(less)));
        Assert.Equal((6, 5, 5), (Placed(more), Cells(more), UsableCells(more)));
        Assert.Equal((6, 14), (Headroom(asItIs), Headroom(more)));
        Assert.Equal("", (await Run("lrp", "list", "--json")).Output);
        Assert.Equal(1, (await Plan("--instances", "50")).ExitCode);
    }

    [Fact]
    public async Task What_is_not_there_is_refused_by_name()
    {
        var unknown = await Run("explain", "nothing");
        Assert.Equal((3, true), (unknown.ExitCode, unknown.Error.Contains("nothing", StringComparison.Ordinal)));
        var cell = await Plan("--drain", "cell-9");
        Assert.Equal((3, true), (cell.ExitCode, cell.Error.Contains("cell cell-9", StringComparison.Ordinal)));
        Assert.Equal(2, (await Plan("--add-cells", "2")).ExitCode);
    }

    private static int Placed(JsonElement plan) => plan.GetProperty("summaries")[0].GetProperty("placed").GetInt32();

    private static int Headroom(JsonElement plan) => plan.GetProperty("summaries")[0].GetProperty("headroom").GetInt32();

    private static int Cells(JsonElement plan) => plan.GetProperty("cells").GetInt32();

    private static int UsableCells(JsonElement plan) => plan.GetProperty("usable_cells").GetInt32();

    private async Task<CommandRun> ExplainOnceDecided(string name)
    {
        CommandRun run = null!;
        await Wait.UntilAsync(async () =>
            !(run = await Run("explain", name)).Output.Contains("not recorded", StringComparison.Ordinal) && run.ExitCode == 0
        );
        return run;
    }

    private async Task Create(string name, params string[] flags)
    {
        var run = await Run(["lrp", "create", name, "--image", "busybox", .. flags, "--", "/bin/httpd"]);
        Assert.True(run.ExitCode == 0, run.Error);
    }

    private async Task<JsonElement> PlanJson(params string[] flags)
    {
        var run = await Plan(["--json", .. flags]);
        return run.Output.Length > 0
            ? JsonDocument.Parse(run.Output).RootElement
            : JsonDocument.Parse("""{"usable_cells":0}""").RootElement;
    }

    private async Task<CommandRun> Plan(params string[] flags)
    {
        var file = Path.Combine(_folder.FullName, "web.yaml");
        await File.WriteAllTextAsync(file, "{name: web, image: busybox, command: [/bin/httpd], memory: 500M}");
        return await Run(["plan", file, .. flags]);
    }

    private Task<CommandRun> Run(params string[] words)
    {
        // Flags go before a "--", after which everything is the container's command.
        var dash = Array.IndexOf(words, "--");
        var (flags, command) = dash < 0 ? (words, Array.Empty<string>()) : (words[..dash], words[dash..]);
        var tls = _node.ClientTls;
        return CommandRun.Of([
            .. flags,
            "--bbs",
            _node.BbsUrl,
            "--cert",
            tls.CertificateFile!,
            "--key",
            tls.KeyFile!,
            "--ca",
            tls.AuthorityFile!,
            .. command,
        ]);
    }
}
