using Scheduler.Contracts.V1;
using Scheduler.Simulation.Store;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Cli;

/// <summary><c>scheduler wait</c> with a real BBS.</summary>
public sealed class WaitCommandTests : IAsyncLifetime
{
    private BbsHost _bbs = null!;

    public async ValueTask InitializeAsync()
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");
        await Wait.UntilAsync(async () => (await RunAsync("cell list")).ExitCode == 0);
    }

    public async ValueTask DisposeAsync() => await _bbs.DisposeAsync();

    [Fact]
    public async Task For_an_lrp_until_it_runs_and_until_it_is_gone()
    {
        await RunAsync("lrp create web --image busybox --domain apps --instances 2 -- /bin/x");
        var impatient = await RunAsync("wait lrp/web --wait-timeout 1ms");
        Assert.Equal((4, ""), (impatient.ExitCode, impatient.Output));
        Assert.EndsWith("error: timed out after 0s: lrp/web: 0/2 routable\n", impatient.Error);

        var waiting = RunAsync("wait lrp/web --for running");
        await using (var cells = new FakeCells(_bbs))
        {
            cells.Start();
            var done = await waiting;
            Assert.Equal((0, "lrp/web: 2/2 running\n"), (done.ExitCode, done.Output));
        }

        var leaving = RunAsync("wait lrp/web --for deleted");
        await RunAsync("lrp delete web");
        await using (var cells = new FakeCells(_bbs))
        {
            cells.Start();
            var gone = await leaving;
            Assert.Equal((0, "lrp/web: deleted\n"), (gone.ExitCode, gone.Output));
        }

        Assert.Equal(3, (await RunAsync("wait lrp/web")).ExitCode);
        Assert.Equal(2, (await RunAsync("wait lrp/web --for lunch")).ExitCode);
    }

    [Fact]
    public async Task For_tasks_and_cells()
    {
        await RunAsync("task create good --image busybox -- /bin/x");
        await RunAsync("task create bad --image busybox -- /bin/x");
        await RunAsync("task cancel bad");
        var waiting = RunAsync("wait task/bad task/good --json");
        await _bbs.CellTasks.StartAsync(new StartTaskRequest { TaskGuid = "good", CellId = "cell-1" });
        Assert.Equal("cell/cell-2: empty\n", (await RunAsync("wait cell/cell-2 --for empty")).Output);
        Assert.Equal(4, (await RunAsync("wait cell/cell-1 --for empty --wait-timeout 1ms")).ExitCode);
        await _bbs.CellTasks.CompleteAsync(new CompleteTaskRequest { TaskGuid = "good", CellId = "cell-1" });
        var ended = await waiting;
        Assert.Equal(1, ended.ExitCode);
        Assert.Matches(
            """^\{"name":"task/bad","met":false,"state":"failed: .*"\}\n\{"name":"task/good","met":true,"state":"completed"\}\n$""",
            ended.Output
        );

        var arriving = RunAsync("wait cell/cell-1");
        await _bbs.Presences.AnnounceAsync(
            new AnnounceCellRequest
            {
                Owner = "run-1",
                TtlMs = 600_000,
                Presence = A.Cell("cell-1"),
            }
        );
        Assert.Equal("cell/cell-1: present\n", (await arriving).Output);
    }

    private Task<CommandRun> RunAsync(string line)
    {
        var words = line.Split(' ');
        var dash = Array.IndexOf(words, "--");
        return CommandRun.Of([.. dash < 0 ? words : words[..dash], "--bbs", _bbs.Url, .. dash < 0 ? [] : words[dash..]]);
    }
}
