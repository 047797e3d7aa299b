using System.Collections.Concurrent;
using System.Globalization;
using Scheduler.Bench.Commands.Load;
using Scheduler.Bench.Commands.Parts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.BbsSpeed;

/// <summary>One run: start the system, fill it, read it, run tasks, keep it under a steady load, leave it idle.</summary>
/// <param name="progress">Receives progress messages, one per line.</param>
internal sealed class BbsBench(BbsBenchOptions options, TextWriter progress, TimeProvider time)
{
    private const string AppPrefix = "app-",
        TaskPrefix = "task-";

    private const int Lists = 5;

    private static readonly TimeSpan PresenceTtl = TimeSpan.FromSeconds(15);

    /// <summary>Between two reads, so that the reads themselves are no load.</summary>
    private static readonly TimeSpan ReadPause = TimeSpan.FromMilliseconds(5);

    private readonly Work _work = new(options.Seed);
    private readonly long _began = time.GetTimestamp();
    private string _phase = "starting";

    /// <exception cref="DomainException">
    /// A step did not finish within the time limit, or a process ended; the message contains the last lines of the logs.
    /// </exception>
    public async Task<BbsBenchResult> RunAsync(CancellationToken cancellationToken)
    {
        using var busy = new BusyProcesses(options.Beside);
        Enter($"starting {(options.Store is null ? "MariaDB, " : "")}BBS, auctioneer, converger and {options.Cells} cells");
        await using var system = await SystemUnderTest.StartAsync(options.Store, options.Logs, options.Tls, cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var board = new InstanceBoard(system.Bbs, time);
        var following = board.RunAsync(ending.Token);
        try
        {
            return await MeasureAsync(new Run(system, board, following), cancellationToken);
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

    private async Task<BbsBenchResult> MeasureAsync(Run run, CancellationToken cancellationToken)
    {
        var (system, board, _) = run;
        foreach (var process in options.CellProcesses())
            system.StartCells(process, PresenceTtl);
        await UntilAsync(
            run,
            board.UntilAsync(counts => counts.Cells == options.Cells, cancellationToken),
            () => $"{board.Counts.Cells} cells present",
            cancellationToken
        );
        // No event tells when the auctioneer knows the cells; work submitted before would have to wait for its next auction.
        while (await system.UsableCellsAsync(cancellationToken) < options.Cells)
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);

        var (fill, submitToRunning, reads) = await FillAsync(run, cancellationToken);
        var loadAverage = MachineLoad.Average();
        var (first, whole) = await ListAsync(system, cancellationToken);
        var (tasks, failed) = options.Tasks > 0 ? await RunTasksAsync(run, cancellationToken) : default;
        var steady = options.Rate > 0 ? await SteadyAsync(run, cancellationToken) : [];
        var idle = options.Idle > TimeSpan.Zero ? await IdleAsync(run, cancellationToken) : null;
        system.ThrowIfEnded([]);
        return new BbsBenchResult
        {
            Options = options,
            Fill = fill,
            SubmitToRunning = submitToRunning,
            Reads = reads,
            RepeatedStarts = board.Counts.Starts - options.Instances - steady.Count,
            ListFirst = first,
            ListWhole = whole,
            Tasks = tasks,
            FailedTasks = failed,
            Steady = steady,
            Idle = idle,
            LoadAverage = loadAverage,
        };
    }

    private async Task<(PhaseResult Phase, List<double> SubmitToRunning, List<double> Reads)> FillAsync(
        Run run,
        CancellationToken cancellationToken
    )
    {
        var (system, board, _) = run;
        var lrps = new DesiredLRPService.DesiredLRPServiceClient(system.Bbs);
        var submission = new Submission(system.Bbs, options.Batch);
        var took = new ConcurrentQueue<double>();
        using var filled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Enter($"desiring {options.Lrps} LRPs of {options.InstancesPerProcess}");
        var phase = await PhaseAsync(
            system,
            options.Instances,
            async () =>
            {
                var reading = ReadAsync(lrps, filled.Token);
                var pausing = PauseAsync(run, cancellationToken);
                var waits = new ConcurrentQueue<Task>();
                await UntilAsync(
                    run,
                    EachBatchAsync(
                        options.Lrps,
                        numbers =>
                            submission.SendAsync(
                                numbers,
                                number =>
                                {
                                    var guid = Name(AppPrefix, number);
                                    var submitted = time.GetTimestamp();
                                    var running = board.UntilRunningAsync(guid, options.InstancesPerProcess, cancellationToken);
                                    waits.Enqueue(NoteAsync(submitted, running));
                                    return new DesireLRPRequest { DesiredLrp = _work.Lrp(guid, options.InstancesPerProcess) };
                                },
                                cancellationToken
                            ),
                        cancellationToken
                    ),
                    () => $"{waits.Count} desired, {board.Counts.Running} running",
                    cancellationToken
                );
                await UntilAsync(run, Task.WhenAll(waits), () => $"{board.Counts.Running} running", cancellationToken);
                await pausing;
                await filled.CancelAsync();
                return await reading;
            }
        );
        return (phase.Figures, [.. took.Order()], [.. phase.Result.Order()]);

        async Task NoteAsync(long submitted, Task<long> running) =>
            took.Enqueue(time.GetElapsedTime(submitted, await running).TotalMilliseconds);
    }

    /// <summary>Reads one LRP after the other until cancelled.</summary>
    private async Task<List<double>> ReadAsync(DesiredLRPService.DesiredLRPServiceClient lrps, CancellationToken ending)
    {
        var reads = new List<double>();
        try
        {
            while (true)
            {
                await Task.Delay(ReadPause, time, ending);
                var began = time.GetTimestamp();
                try
                {
                    await lrps.GetAsync(new GetDesiredLRPRequest { ProcessGuid = Name(AppPrefix, 0) }, cancellationToken: ending);
                }
                catch (DomainException missing) when (missing.Kind == ErrorKind.ResourceNotFound)
                {
                    continue; // not desired yet
                }

                reads.Add(time.GetElapsedTime(began).TotalMilliseconds);
            }
        }
        catch (Exception failure) when (ending.IsCancellationRequested && failure is OperationCanceledException or DomainException)
        {
            return reads;
        }
    }

    private async Task PauseAsync(Run run, CancellationToken cancellationToken)
    {
        if (options.PauseAuctioneer <= TimeSpan.Zero)
            return;
        await run.Board.UntilAsync(counts => counts.Running >= options.Instances / 3, cancellationToken);
        Tell($"stopping the auctioneer for {options.PauseAuctioneer.TotalSeconds} s");
        await run.System.Auctioneer.PauseAsync(cancellationToken);
        try
        {
            await Task.Delay(options.PauseAuctioneer, time, cancellationToken);
        }
        finally
        {
            await run.System.Auctioneer.ResumeAsync(CancellationToken.None);
        }

        Tell("the auctioneer goes on");
    }

    private async Task<(List<double> First, List<double> Whole)> ListAsync(SystemUnderTest system, CancellationToken cancellationToken)
    {
        Enter($"listing {options.Instances} actual LRPs");
        var actual = new ActualLRPService.ActualLRPServiceClient(system.Bbs);
        var (first, whole) = (new List<double>(), new List<double>());
        for (var i = 0; i < Lists; i++)
        {
            var began = time.GetTimestamp();
            using var list = actual.List(new ListActualLRPsRequest(), cancellationToken: cancellationToken);
            for (var pages = 0; await list.ResponseStream.MoveNext(cancellationToken); pages++)
            {
                if (pages == 0)
                    first.Add(time.GetElapsedTime(began).TotalMilliseconds);
            }

            whole.Add(time.GetElapsedTime(began).TotalMilliseconds);
        }

        return ([.. first.Order()], [.. whole.Order()]);
    }

    private async Task<(PhaseResult Phase, int Failed)> RunTasksAsync(Run run, CancellationToken cancellationToken)
    {
        Enter($"running {options.Tasks} tasks");
        var submission = new Submission(run.System.Bbs, options.Batch);
        var board = new TaskBoard(run.System.Bbs, options.Tasks, time);
        var completing = board.RunAsync(cancellationToken);
        await Task.WhenAny(board.Listening, completing);
        var phase = await PhaseAsync(
            run.System,
            options.Tasks,
            async () =>
            {
                await EachBatchAsync(
                    options.Tasks,
                    numbers => submission.SendAsync(numbers, number => _work.Task(Name(TaskPrefix, number)), cancellationToken),
                    cancellationToken
                );
                await UntilAsync(run, completing, () => $"{board.Completed} completed", cancellationToken);
                return true;
            }
        );
        return (phase.Figures, board.Failed);
    }

    private async Task<List<double>> SteadyAsync(Run run, CancellationToken cancellationToken)
    {
        Enter($"desiring {options.Rate} LRPs a second for {options.Steady.TotalSeconds} s");
        var lrps = new DesiredLRPService.DesiredLRPServiceClient(run.System.Bbs);
        var deploys = new Deploys("steady", options.Rate, 1, _work, lrps, run.Board, time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ending.CancelAfter(options.Steady);
        await UntilAsync(run, deploys.RunAsync(ending.Token, cancellationToken), () => $"{deploys.Done.Count} ran", cancellationToken);
        return [.. deploys.Done.Select(deploy => deploy.UntilRunning.TotalMilliseconds).Order()];
    }

    private async Task<PhaseResult> IdleAsync(Run run, CancellationToken cancellationToken)
    {
        Enter($"leaving the system idle for {options.Idle.TotalSeconds} s");
        var phase = await PhaseAsync(
            run.System,
            0,
            async () =>
            {
                await Task.Delay(options.Idle, time, cancellationToken);
                return true;
            }
        );
        return phase.Figures;
    }

    private async Task<(PhaseResult Figures, T Result)> PhaseAsync<T>(SystemUnderTest system, int count, Func<Task<T>> work)
    {
        await using var database = system.Store.MySqlConnectionString is { } connection ? new DatabaseCounter(connection) : null;
        var before = system.Processes.ToDictionary(process => process, process => process.Usage.Cpu);
        var counters = database is null ? default : await database.ReadAsync(time, CancellationToken.None);
        var began = time.GetTimestamp();
        var result = await work();
        var took = time.GetElapsedTime(began);
        var after = database is null ? default : await database.ReadAsync(time, CancellationToken.None);
        system.ThrowIfEnded([]);
        var parts = system.Processes.Select(process =>
        {
            var usage = process.Usage;
            return new PartUsage(process.Name, usage.Cpu - before[process], usage.ResidentBytes);
        });
        return (
            new PhaseResult(
                count,
                took,
                [.. parts],
                database is null ? null : (after.Statements - counters.Statements, after.Commits - counters.Commits)
            ),
            result
        );
    }

    private Task EachBatchAsync(int count, Func<int[], Task> call, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, count).Chunk(options.Batch),
            new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken },
            async (numbers, _) => await call(numbers)
        );

    /// <summary>Waits for the work and reports progress; fails if a process ends or the stream of events breaks.</summary>
    private async Task UntilAsync(Run run, Task work, Func<string> describe, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            using var look = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var ended = await Task.WhenAny(work, run.Following, Task.Delay(TimeSpan.FromSeconds(5), time, look.Token));
            await look.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (ended == work)
            {
                await work;
                return;
            }

            if (ended == run.Following)
                await run.Following;
            run.System.ThrowIfEnded([]);
            Tell(describe());
            if (time.GetElapsedTime(began) > options.Patience)
                throw new TimeoutException($"timed out after {options.Patience.TotalSeconds} s: {describe()}");
        }
    }

    private static string Name(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");

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

    private sealed record Run(SystemUnderTest System, InstanceBoard Board, Task Following);
}
