using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Simulation.Store;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Cli;

/// <summary><c>scheduler image</c> and the progress of waits, with a real BBS and two cells that the test stands in for.</summary>
public sealed class ImageCommandsTests : IAsyncLifetime
{
    private readonly FakeRep[] _cells = new FakeRep[2];
    private BbsHost _bbs = null!;

    public async ValueTask InitializeAsync()
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");
        await Wait.UntilAsync(async () => (await RunAsync("cell list")).ExitCode == 0);
        for (var i = 0; i < _cells.Length; i++)
        {
            _cells[i] = await FakeRep.StartAsync();
            _cells[i].Images.Kept.Add(Image);
            var presence = A.Cell($"cell-{i + 1}");
            (presence.RepAddress, presence.RepUrl) = (_cells[i].Url, _cells[i].Url);
            await _bbs.Presences.AnnounceAsync(
                new AnnounceCellRequest
                {
                    Owner = $"run-of-cell-{i + 1}",
                    TtlMs = 600_000,
                    Presence = presence,
                }
            );
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cell in _cells)
            await cell.DisposeAsync();
        await _bbs.DisposeAsync();
    }

    private static CellImage Image =>
        new()
        {
            Name = "docker://docker.io/library/nginx:1.25",
            Layers = 6,
            Bytes = 188_240_000,
            LastUsedAt = UnixNanos.From(DateTimeOffset.UtcNow),
            Containers = 2,
            ExposedPorts = { "80/tcp" },
        };

    private static ImagePull Pull =>
        new()
        {
            ContainerGuid = "sum",
            Image = "docker://nginx:1.25",
            LayersDone = 1,
            Layers = 5,
            BytesDone = 34_000_000,
            Bytes = 120_000_000,
        };

    [Fact]
    public async Task Images_are_listed_for_all_cells_or_one_as_a_table_or_as_lines_of_json()
    {
        _cells[1].Images.Kept.Add(new CellImage { Layers = 1, Bytes = 940 });
        var table = (await RunAsync("image ls")).Output.Split('\n');
        Assert.Matches("^CELL +IMAGE +LAYERS +SIZE +LAST USE +CONTAINERS +REMARK$", table[0]);
        Assert.Matches(@"^cell-1 +docker://docker\.io/library/nginx:1\.25 +6 +188\.2 MB +\d+s +2$", table[1]);
        Assert.Matches(@"^cell-2 +- +1 +940 B +- +0 +layers of no image$", table[3]);
        var lines = (await RunAsync("image ls --cell cell-2 --json")).Output.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith(
            """{"cell_id":"cell-2","image":"docker://docker.io/library/nginx:1.25","layers":6,"bytes":188240000,""",
            lines[0]
        );
        Assert.EndsWith(""","containers":2,"private":false,"exposed_ports":["80/tcp"]}""", lines[0]);
        Assert.Equal((await RunAsync("image ls --json")).Output, (await RunAsync("images --json")).Output);
    }

    [Fact]
    public async Task A_pull_warms_up_all_cells_or_one_and_shows_its_progress()
    {
        _cells[0].Images.Pulls.Add(Pull);
        var all = await RunAsync("image pull nginx:1.25");
        Assert.Equal(0, all.ExitCode);
        Assert.Equal(
            [
                "cell-1: docker://docker.io/library/nginx:1.25 is there, 188.2 MB",
                "cell-2: docker://docker.io/library/nginx:1.25 is there, 188.2 MB",
            ],
            all.Output.TrimEnd().Split('\n')
        );
        Assert.Contains("cell-1: pulling nginx:1.25: layer 2/5, 34 of 120 MB", all.Error);
        Assert.Equal(0, (await RunAsync("image pull nginx:1.25 --cell cell-2")).ExitCode);
        Assert.Equal(["pull docker://nginx:1.25"], _cells[0].Images.Requests);
        Assert.Equal(2, _cells[1].Images.Requests.Count);
        Assert.Equal(3, (await RunAsync("image pull nginx:1.25 --cell cell-3")).ExitCode);
    }

    [Fact]
    public async Task One_cell_that_refuses_does_not_keep_the_others_from_it()
    {
        _cells[0].Images.Refusal = new DomainError(ErrorKind.ResourceConflict, "the image is in use by 1 container, such as web");
        var removed = await RunAsync("image rm nginx:1.25");
        Assert.Equal(3, removed.ExitCode);
        Assert.Equal("cell-2: docker://nginx:1.25 removed, 34.1 MB freed\n", removed.Output);
        Assert.Contains("cell-1: the image is in use by 1 container, such as web", removed.Error);

        _cells[0].Images.Refusal = new DomainError(ErrorKind.ResourceNotFound, "this cell does not have the image");
        Assert.Equal(0, (await RunAsync("image rm nginx:1.25")).ExitCode);
        _cells[1].Images.Refusal = _cells[0].Images.Refusal;
        Assert.Equal(3, (await RunAsync("image rm nginx:1.25")).ExitCode);
    }

    [Fact]
    public async Task Prune_says_what_each_cell_freed()
    {
        Assert.Equal(
            "cell-1: 2 images removed, 2.05 GB freed\ncell-2: 2 images removed, 2.05 GB freed\n",
            (await RunAsync("image prune --unused-for 1h")).Output
        );
        Assert.Equal(["prune 3600000"], _cells[0].Images.Requests);
        Assert.Equal(
            """{"cell_id":"cell-1","images":2,"bytes":2050000000}""" + "\n",
            (await RunAsync("image prune --cell cell-1 --json")).Output
        );
        Assert.Equal(2, (await RunAsync("image prune --unused-for never")).ExitCode);
    }

    [Fact]
    public async Task A_wait_shows_how_far_the_image_is()
    {
        _cells[0].Images.Pulls.Add(Pull);
        var running = RunAsync("task create sum --image busybox --wait -- /bin/sum");
        await Wait.UntilAsync(async () => (await RunAsync("task get sum")).ExitCode == 0);
        await _bbs.CellTasks.StartAsync(new StartTaskRequest { TaskGuid = "sum", CellId = "cell-1" });
        await Wait.UntilAsync(() => _cells[0].Images.Requests.Count > 1); // the first answer was shown by then
        await _bbs.CellTasks.CompleteAsync(new CompleteTaskRequest { TaskGuid = "sum", CellId = "cell-1" });
        var done = await running;
        Assert.Equal(0, done.ExitCode);
        Assert.Contains("sum: running on cell-1; cell-1: pulling nginx:1.25: layer 2/5, 34 of 120 MB\n", done.Error);
    }

    private Task<CommandRun> RunAsync(string line)
    {
        var words = line.Split(' ');
        var dash = Array.IndexOf(words, "--") is >= 0 and var at ? at : words.Length;
        return CommandRun.Of([.. words[..dash], "--bbs", _bbs.Url, .. words[dash..]]);
    }
}
