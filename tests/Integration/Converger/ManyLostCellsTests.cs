using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Converger;
using Scheduler.Hosting;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;
using Standing = Scheduler.Contracts.V1.AbsentCell.Types.Standing;

namespace Scheduler.Tests.Integration.Converger;

/// <summary>A real BBS and a real converger; the test stands in for the cells and the operator.</summary>
public sealed class ManyLostCellsTests : IAsyncLifetime
{
    private const int Cells = 8;
    private const int Gone = 4;

    // The first cell is declared lost at once, and by pace the next one only after the test: any other loss is the operator's decision.
    private static readonly ConvergerOptions Options = new()
    {
        PacedCellsPerSecond = 0.001,
        LossGrace = TimeSpan.FromMilliseconds(300),
        // Presences that expire some milliseconds apart count as expired together, even on a busy machine.
        Gather = TimeSpan.FromSeconds(1),
    };

    private readonly InMemoryDatabase _database = new();
    private BbsHost _bbs = null!;
    private ComponentHost _converger = null!;
    private int _runs;

    public ValueTask InitializeAsync() => new(StartAsync());

    public ValueTask DisposeAsync() => new(StopAsync());

    [Fact]
    public async Task Are_paced_and_decided_on_by_an_operator_whose_word_outlives_everybody()
    {
        await _bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("web", Cells) });
        for (var i = 0; i < Cells; i++)
        {
            await AnnounceAsync(i, 600_000);
            await _bbs.CellLrps.StartAsync(A.Start("web", i, A.Instance($"web-{i}", $"cell-{i}")));
        }
        for (var i = 0; i < Gone; i++)
            await AnnounceAsync(i, 300);

        await UntilListedAsync("Paced, 3 unheard, 0 kept, 1 given up; cell-0 Lost, cell-1 Unheard, cell-2 Unheard, cell-3 Unheard");
        await Wait.UntilAsync(async () => await SuspectsAsync() == "0");
        await _bbs.Cells.LoseAsync(new LoseCellsRequest { CellIds = { "cell-3" } });
        await Wait.UntilAsync(async () => await SuspectsAsync() == "0 3");
        await UntilListedAsync("Paced, 2 unheard, 0 kept, 2 given up; cell-0 Lost, cell-1 Unheard, cell-2 Unheard, cell-3 Lost");
        await _bbs.Cells.KeepAsync(new KeepCellsRequest { All = true });
        // No cell is waiting for the pace any more.
        await UntilListedAsync("at once; cell-0 Lost, cell-1 Unheard, cell-2 Unheard, cell-3 Lost");

        await StopAsync();
        await StartAsync();
        // Replacements run, so suspects are removed; the cells that are kept are unchanged.
        await ReplaceAsync(0);
        await ReplaceAsync(3);
        await UntilListedAsync("at once; cell-1 Unheard, cell-2 Unheard");
        Assert.Equal(AbsentCell.Types.Verdict.Keep, (await ListAsync()).Absent[0].Verdict);
        await AnnounceAsync(1, 600_000);
        Assert.Equal("at once; cell-2 Unheard", Describe(await ListAsync()));
        Assert.Equal("", await SuspectsAsync());
        await _bbs.Cells.LoseAsync(new LoseCellsRequest { All = true });
        await Wait.UntilAsync(async () => await SuspectsAsync() == "2");
        Assert.DoesNotContain(_bbs.Clients.Reps.Calls, call => call.StartsWith("stop", StringComparison.Ordinal));
    }

    private async Task StartAsync()
    {
        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(_database, TimeProvider.System), $"node-{++_runs}");
        await Wait.UntilAsync(IsActiveAsync);
        _converger = ComponentHost.Build(
            new ComponentOptions { Name = "converger", LogLevel = LogLevel.None },
            services => services.AddConverger(Options, [_bbs.Url], $"converger-{_runs}")
        );
        await _converger.StartAsync(CancellationToken.None);
    }

    private async Task StopAsync()
    {
        await _converger.StopAsync(CancellationToken.None);
        await _converger.DisposeAsync();
        await _bbs.DisposeAsync();
    }

    private async Task<bool> IsActiveAsync()
    {
        try
        {
            await ListAsync();
            return true;
        }
        catch (Models.DomainException e) when (e.Kind is Models.ErrorKind.NotActive)
        {
            return false;
        }
    }

    private async Task AnnounceAsync(int cell, uint ttlMs) =>
        await _bbs.Presences.AnnounceAsync(
            new AnnounceCellRequest
            {
                Owner = $"run-of-{cell}",
                TtlMs = ttlMs,
                Presence = A.Cell($"cell-{cell}"),
            }
        );

    private async Task ReplaceAsync(int index) =>
        await _bbs.CellLrps.StartAsync(A.Start("web", index, A.Instance($"replacement-{index}", $"cell-{Cells - 1}")));

    private async Task<ListCellsResponse> ListAsync() => await _bbs.Cells.ListAsync(new ListCellsRequest());

    private async Task UntilListedAsync(string expected)
    {
        var last = "";
        try
        {
            await Wait.UntilAsync(async () => (last = Describe(await ListAsync())) == expected);
        }
        catch (TimeoutException)
        {
            Assert.Equal(expected, last);
        }
    }

    private static string Describe(ListCellsResponse listed) =>
        (listed.Loss is { } loss ? $"{loss.Mode}, {loss.Unheard} unheard, {loss.Kept} kept, {loss.GivenUp} given up; " : "at once; ")
        + string.Join(", ", listed.Absent.Select(cell => $"{cell.CellId} {(cell.Standing == Standing.Lost ? "Lost" : "Unheard")}"));

    private async Task<string> SuspectsAsync()
    {
        var indices = new List<int>();
        using var call = _bbs.ActualLrps.List(new ListActualLRPsRequest());
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
            indices.AddRange(
                call.ResponseStream.Current.ActualLrps.Where(row => row.Presence == ActualLRP.Types.Presence.Suspect)
                    .Select(row => row.ActualLrpKey.Index)
            );
        return string.Join(' ', indices.Order());
    }
}
