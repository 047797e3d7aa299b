using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Cli.Images;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Bench.Commands.CellSpeed;

/// <summary>
/// Time to start real containers until their programs run, with this program's driver and with runc alone, in turns within one run:
/// the machine's speed changes more between runs than the contestants differ.
/// </summary>
internal sealed class CellBench(CellBenchOptions options)
{
    private const int WarmUps = 3;

    /// <summary>Containers of a round in which several start at a time, as a multiple of how many.</summary>
    private const int RoundsPerBatch = 5;

    private const int RunningBeforeBurst = 3;

    private int _number;

    /// <exception cref="DomainException">This machine cannot create containers; the message names what is missing.</exception>
    public async Task<CellBenchResult> RunAsync(CancellationToken cancellationToken)
    {
        var state = Path.Combine(Path.GetFullPath(options.State), $"bench-{Environment.ProcessId}");
        var runtimeOptions = new RuntimeOptions { StateDirectory = Path.Combine(state, "cell"), Runc = options.Runc };
        var rootFs = BusyboxRootFs.Prepare(Path.Combine(state, "rootfs"));
        runtimeOptions.PreloadedRootFs[BusyboxRootFs.Name] = rootFs;
        await using var runtime = new RuncRuntime(
            runtimeOptions,
            new ImageOptions(),
            new NetworkOptions(),
            TimeProvider.System,
            NullLogger<RuncRuntime>.Instance
        );
        var prepared = false;
        DockerContestant? docker = null;
        try
        {
            await runtime.PreflightAsync(cancellationToken);
            prepared = true;
            var signals = Path.Combine(state, "signals");
            List<IContestant> all = [new DriverContestant(runtime, signals), new RuncContestant(runtime, options.Runc, state, signals)];
            if (options.DockerHost is { } host)
            {
                docker = new DockerContestant(host, signals);
                await docker.ImportAsync(rootFs, state, cancellationToken);
                all.Add(docker);
            }

            return await MeasureAsync(all, cancellationToken);
        }
        catch (ContainerRuntimeException failure)
        {
            throw new DomainException(new DomainError(ErrorKind.Unknown, failure.Message), failure);
        }
        finally
        {
            if (docker is not null)
                await docker.ForgetAsync();
            if (prepared)
                await runtime.CleanUpAsync(CancellationToken.None);
            Directory.Delete(state, recursive: true);
        }
    }

    private async Task<CellBenchResult> MeasureAsync(List<IContestant> all, CancellationToken cancellationToken)
    {
        await AloneAsync(all, WarmUps, cancellationToken);
        var alone = await AloneAsync(all, Math.Max(1, options.Containers / 4), cancellationToken);
        var together = await TogetherAsync(all, cancellationToken);
        var bursts = new List<(string, TimeSpan)>();
        if (options.Burst > 0)
        {
            foreach (var contestant in all)
                bursts.Add((contestant.Name, await BurstAsync(contestant, cancellationToken)));
        }

        return new CellBenchResult(options, alone, together, bursts);
    }

    private async Task<IReadOnlyList<Starts>> AloneAsync(List<IContestant> all, int count, CancellationToken cancellationToken)
    {
        var figures = all.Select(contestant => new Starts(contestant.Name)).ToList();
        for (var i = 0; i < count; i++)
        {
            foreach (var at in Turn(all.Count, i))
                await BatchAsync(all[at], 1, 1, figures[at], cancellationToken);
        }

        return figures;
    }

    private async Task<IReadOnlyList<Starts>> TogetherAsync(List<IContestant> all, CancellationToken cancellationToken)
    {
        var figures = all.Select(contestant => new Starts(contestant.Name)).ToList();
        var batch = options.Parallel * RoundsPerBatch;
        for (var (done, round) = (0, 0); done < options.Containers; done += batch, round++)
        {
            foreach (var at in Turn(all.Count, round))
                await BatchAsync(all[at], Math.Min(batch, options.Containers - done), options.Parallel, figures[at], cancellationToken);
        }

        return figures;
    }

    private async Task<TimeSpan> BurstAsync(IContestant contestant, CancellationToken cancellationToken)
    {
        var before = Names(RunningBeforeBurst);
        try
        {
            foreach (var name in before)
            {
                await contestant.PrepareAsync(name, cancellationToken);
                await contestant.StartAsync(name, cancellationToken);
            }

            var burst = new Starts(contestant.Name);
            await BatchAsync(contestant, options.Burst, options.Burst, burst, cancellationToken);
            return burst.Took;
        }
        finally
        {
            foreach (var name in before)
                await contestant.RemoveAsync(name);
        }
    }

    /// <summary>Starts containers, a few at a time, and removes them when all have run.</summary>
    private async Task BatchAsync(IContestant contestant, int count, int parallel, Starts figures, CancellationToken cancellationToken)
    {
        var names = Names(count);
        try
        {
            foreach (var name in names)
                await contestant.PrepareAsync(name, cancellationToken);
            var waiting = new ConcurrentQueue<string>(names);
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, Math.Min(parallel, count)).Select(_ => Task.Run(WorkAsync, cancellationToken)));
            figures.Took += Stopwatch.GetElapsedTime(began);

            async Task WorkAsync()
            {
                while (waiting.TryDequeue(out var name))
                    figures.Add(await contestant.StartAsync(name, cancellationToken));
            }
        }
        finally
        {
            foreach (var name in names)
                await contestant.RemoveAsync(name);
        }
    }

    private List<string> Names(int count) => [.. Enumerable.Range(0, count).Select(_ => $"bench-{_number++}")];

    /// <summary>Each contestant goes first in turn.</summary>
    private static IEnumerable<int> Turn(int contestants, int round) =>
        Enumerable.Range(0, contestants).Select(i => (i + round) % contestants);
}
