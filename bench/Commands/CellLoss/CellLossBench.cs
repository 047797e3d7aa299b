using System.Globalization;
using Scheduler.Bench.Commands.Load;
using Scheduler.Bench.Commands.Parts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.CellLoss;

/// <summary>
/// One run: fill a fleet, measure it in a steady state, kill cells, measure the replacement, then measure the steady state again.
/// </summary>
/// <param name="progress">Receives progress messages, one per line.</param>
internal sealed class CellLossBench(CellLossOptions options, TextWriter progress, TimeProvider time)
{
    /// <summary>Maximum concurrent calls of the benchmark while it fills the fleet.</summary>
    private const int FillConcurrency = 16;

    /// <summary>Prefix of the LRPs that fill the fleet, other than probes and deploys.</summary>
    private const string AppPrefix = "app-";

    // Warms up caches, connections and the just-in-time compiler, so that the first measurement does not pay for them.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    private readonly Work _work = new(options.Seed);
    private readonly long _began = time.GetTimestamp();
    private string _phase = "starting";

    /// <exception cref="DomainException">
    /// A step did not finish within the time limit, or a process ended; the message contains the last lines of the logs.
    /// </exception>
    public async Task<CellLossResult> RunAsync(CancellationToken cancellationToken)
    {
        Tell($"starting {(options.Store is null ? "MariaDB, " : "")}BBS, auctioneer and converger");
        await using var system = await SystemUnderTest.StartAsync(options.Store, options.Logs, tls: false, cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var board = new InstanceBoard(system.Bbs, time);
        var following = board.RunAsync(ending.Token);
        try
        {
            return await MeasureAsync(system, board, following, ending, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DomainException(
                new DomainError(
                    ErrorKind.Unknown,
                    $"while {_phase}: {failure.Message}\nnot running: {board.Stragglers(10)}\n{system.Logs()}"
                ),
                failure
            );
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAny(following);
        }
    }

    private async Task<CellLossResult> MeasureAsync(
        SystemUnderTest system,
        InstanceBoard board,
        Task following,
        CancellationTokenSource ending,
        CancellationToken cancellationToken
    )
    {
        var fleet = CellLossFleet.Of(options);
        var lrps = new DesiredLRPService.DesiredLRPServiceClient(system.Bbs);
        var (killed, filling) = await FillAsync(system, board, following, fleet, lrps, cancellationToken);

        using var loadEnding = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var probes = new Deploys("probe", options.Probes, 1, _work, lrps, board, time);
        var deploys = new Deploys("deploy", options.Deploys, options.DeployInstances, _work, lrps, board, time);
        var database = system.Store.MySqlConnectionString is { } connection ? new DatabaseLoad(connection, time) : null;
        var load = Task.WhenAll(probes.RunAsync(loadEnding.Token, ending.Token), deploys.RunAsync(loadEnding.Token, ending.Token));
        var sampling = database?.RunAsync(ending.Token) ?? Task.CompletedTask;

        Enter($"measuring the steady load for {options.Steady.TotalSeconds} s after {WarmUp.TotalSeconds} s of warm-up");
        await Task.Delay(WarmUp, time, cancellationToken);
        var steadyFrom = time.GetTimestamp();
        await Task.Delay(options.Steady, time, cancellationToken);
        var steadyTo = time.GetTimestamp();

        var byCell = board.RunningByCell();
        var loadBefore = MachineLoad.Average();
        var loss = board.WatchLoss(
            [.. fleet.KilledIds],
            guid => guid.StartsWith(AppPrefix, StringComparison.Ordinal),
            () => killed.ForEach(process => process.Kill())
        );
        Enter($"killed {options.Kill} cells with {loss.Lost} instances; waiting for replacements");
        await UntilAsync(
            board,
            following,
            system,
            killed,
            counts => counts.Unreplaced == 0,
            counts => $"{loss.Lost - counts.Unreplaced} of {loss.Lost} replaced",
            cancellationToken
        );
        var replacedAt = time.GetTimestamp();
        var loadAfter = MachineLoad.Average();
        var firstGivenUpAt =
            loss.GivenUpSeconds.Count == 0 ? loss.KilledAt : loss.KilledAt + (long)(loss.GivenUpSeconds[0] * time.TimestampFrequency);

        Enter(
            $"all replaced after {Text(loss.ReplacedSeconds.LastOrDefault())} s; measuring the steady load for {options.Steady.TotalSeconds} s"
        );
        await Task.Delay(options.Steady, time, cancellationToken);
        var afterTo = time.GetTimestamp();
        await loadEnding.CancelAsync();
        Enter("waiting for the last probes");
        await load.WaitAsync(options.Patience, time, cancellationToken);
        await UntilAsync(
            board,
            following,
            system,
            killed,
            counts => counts.Running == options.Instances && counts.Suspects == 0,
            counts => $"{counts.Running} running, {counts.Suspects} suspect",
            cancellationToken
        );
        system.ThrowIfEnded(killed);
        await ending.CancelAsync();
        await sampling;

        var part = TimeSpan.FromSeconds(10);
        return new CellLossResult
        {
            Options = options,
            SecondsToFill = filling.TotalSeconds,
            MostOnOneCell = byCell.Values.DefaultIfEmpty(0).Max(),
            LoadAverages = (loadBefore, loadAfter),
            Lost = loss.Lost,
            GivenUp = loss.GivenUpSeconds,
            Replaced = loss.ReplacedSeconds,
            Before = Phase(steadyFrom, steadyTo),
            WaitingForExpiry = Phase(loss.KilledAt, firstGivenUpAt),
            During = Phase(firstGivenUpAt, replacedAt),
            After = Phase(replacedAt, afterTo),
        };

        PhaseFigures Phase(long from, long to) =>
            new(
                time.GetElapsedTime(from, to).TotalSeconds,
                [
                    .. probes
                        .Done.Where(probe => probe.SubmittedAt >= from && probe.SubmittedAt < to)
                        .Select(probe => probe.UntilRunning.TotalMilliseconds)
                        .Order(),
                ],
                database?.Over(from, to, part)
            );
    }

    /// <summary>Starts all cells and waits until everything runs.</summary>
    private async Task<(List<PartProcess> Killed, TimeSpan Took)> FillAsync(
        SystemUnderTest system,
        InstanceBoard board,
        Task following,
        CellLossFleet fleet,
        DesiredLRPService.DesiredLRPServiceClient lrps,
        CancellationToken cancellationToken
    )
    {
        // Marks the domain as fresh, like a platform, so that LRPs removed while their cell is dead may be stopped. Never expires.
        await new DomainService.DomainServiceClient(system.Bbs).UpsertAsync(
            new UpsertDomainRequest { Domain = Work.Domain, TtlSeconds = 0 },
            cancellationToken: cancellationToken
        );
        Enter($"starting {options.Cells} cells in {fleet.Killed.Count + fleet.Others.Count} processes");
        var killed = fleet.Killed.Select(process => system.StartCells(process, options.Ttl)).ToList();
        var first = options.OnKilled / options.Lrps;
        var all = options.Instances / options.Lrps;
        var began = time.GetTimestamp();
        if (first > 0)
        {
            await UntilUsableAsync(board, following, system, options.Kill, cancellationToken);
            Enter($"desiring {options.OnKilled} instances on the cells to kill");
            await ForEachLrpAsync(
                guid =>
                    lrps.DesireAsync(
                        new DesireLRPRequest { DesiredLrp = _work.Lrp(guid, first) },
                        cancellationToken: cancellationToken
                    ).ResponseAsync,
                cancellationToken
            );
            await UntilAsync(
                board,
                following,
                system,
                [],
                counts => counts.Running == options.OnKilled,
                counts => $"{counts.Running} running",
                cancellationToken
            );
        }

        foreach (var process in fleet.Others)
            system.StartCells(process, options.Ttl);
        await UntilUsableAsync(board, following, system, options.Cells, cancellationToken);
        Enter($"desiring {options.Instances} instances");
        began = first > 0 ? began : time.GetTimestamp();
        await ForEachLrpAsync(
            guid =>
                first > 0
                    ? lrps.UpdateAsync(
                        new UpdateDesiredLRPRequest
                        {
                            ProcessGuid = guid,
                            Update = new DesiredLRPUpdate { Instances = all },
                        },
                        cancellationToken: cancellationToken
                    ).ResponseAsync
                    : lrps.DesireAsync(
                        new DesireLRPRequest { DesiredLrp = _work.Lrp(guid, all) },
                        cancellationToken: cancellationToken
                    ).ResponseAsync,
            cancellationToken
        );
        await UntilAsync(
            board,
            following,
            system,
            [],
            counts => counts.Running == options.Instances,
            counts => $"{counts.Running} running",
            cancellationToken
        );
        return (killed, time.GetElapsedTime(began));
    }

    private async Task UntilUsableAsync(
        InstanceBoard board,
        Task following,
        SystemUnderTest system,
        int cells,
        CancellationToken cancellationToken
    )
    {
        await UntilAsync(
            board,
            following,
            system,
            [],
            counts => counts.Cells == cells,
            counts => $"{counts.Cells} cells present",
            cancellationToken
        );
        // No event tells when the auctioneer knows the cells; work submitted before would have to wait for its next auction.
        while (await system.UsableCellsAsync(cancellationToken) < cells)
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
    }

    private Task ForEachLrpAsync(Func<string, Task> call, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, options.Lrps),
            new ParallelOptions { MaxDegreeOfParallelism = FillConcurrency, CancellationToken = cancellationToken },
            async (number, _) => await call(string.Create(CultureInfo.InvariantCulture, $"{AppPrefix}{number}"))
        );

    /// <summary>Waits for the condition and reports progress; fails if a process ends or the stream breaks.</summary>
    private async Task UntilAsync(
        InstanceBoard board,
        Task following,
        SystemUnderTest system,
        IReadOnlyCollection<PartProcess> killed,
        Func<BoardCounts, bool> condition,
        Func<BoardCounts, string> describe,
        CancellationToken cancellationToken
    )
    {
        var interval = TimeSpan.FromSeconds(5);
        var began = time.GetTimestamp();
        var until = board.UntilAsync(condition, cancellationToken);
        while (true)
        {
            using var look = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var ended = await Task.WhenAny(until, following, Task.Delay(interval, time, look.Token));
            await look.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (ended == until)
                return;
            if (ended == following)
                await following;
            system.ThrowIfEnded(killed);
            Tell(describe(board.Counts));
            if (time.GetElapsedTime(began) > options.Patience)
                throw new TimeoutException($"timed out after {options.Patience.TotalSeconds} s: {describe(board.Counts)}");
        }
    }

    private void Enter(string phase)
    {
        _phase = phase;
        Tell(phase);
    }

    private void Tell(string text)
    {
        var seconds = time.GetElapsedTime(_began).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        progress.WriteLine($"{seconds.PadLeft(6)} s  {text}");
    }

    private static string Text(double seconds) => seconds.ToString("0.0", CultureInfo.InvariantCulture);
}
