using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Cli;
using Scheduler.Cli.Images;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Bench.Commands.CellSpeed;

/// <summary>Time to start a real container until its process runs, one after the other on an otherwise idle machine.</summary>
internal static class CellBench
{
    private const int WarmUps = 3;

    /// <exception cref="DomainException">This machine cannot create containers; the message names what is missing.</exception>
    public static async Task<int> RunAsync(int starts, string folder, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        var state = Path.Combine(Path.GetFullPath(folder), $"bench-{Environment.ProcessId}");
        var options = new RuntimeOptions { StateDirectory = Path.Combine(state, "cell") };
        if (BusyboxRootFs.IsAvailable)
            options.PreloadedRootFs[BusyboxRootFs.Name] = BusyboxRootFs.Prepare(Path.Combine(state, "rootfs"));
        await using var runtime = new RuncRuntime(
            options,
            new ImageOptions(),
            new NetworkOptions(),
            TimeProvider.System,
            NullLogger<RuncRuntime>.Instance
        );
        var prepared = false;
        try
        {
            await runtime.PreflightAsync(cancellationToken);
            prepared = true;
            var (creates, processes, destroys) = (new List<double>(), new List<double>(), new List<double>());
            for (var i = -WarmUps; i < starts; i++)
            {
                var handle = $"bench-{i + WarmUps}";
                var began = Stopwatch.GetTimestamp();
                await runtime.CreateAsync(
                    new ContainerSpec
                    {
                        Handle = handle,
                        RootFs = $"preloaded:{BusyboxRootFs.Name}",
                        Limits = new() { MemoryMb = 64, MaxPids = 100 },
                        Ports = [8080],
                    },
                    cancellationToken
                );
                var created = Stopwatch.GetTimestamp();
                var process = await runtime.StartProcessAsync(handle, "main", new ProcessSpec { Path = "/bin/true" }, cancellationToken);
                var started = Stopwatch.GetTimestamp();
                await process.Exit;
                var ended = Stopwatch.GetTimestamp();
                await runtime.DestroyAsync(handle, cancellationToken);
                if (i < 0)
                    continue;
                creates.Add(Stopwatch.GetElapsedTime(began, created).TotalMilliseconds);
                processes.Add(Stopwatch.GetElapsedTime(created, started).TotalMilliseconds);
                destroys.Add(Stopwatch.GetElapsedTime(ended).TotalMilliseconds);
            }

            Write(
                new Figures(
                    starts,
                    Median(creates),
                    Median(processes),
                    Median([.. creates.Zip(processes, (create, process) => create + process)]),
                    Median(destroys)
                ),
                json,
                output
            );
            return ExitCodes.Ok;
        }
        catch (ContainerRuntimeException failure)
        {
            throw new DomainException(new DomainError(ErrorKind.Unknown, failure.Message), failure);
        }
        finally
        {
            if (prepared)
                await runtime.CleanUpAsync(CancellationToken.None);
            Directory.Delete(state, recursive: true);
        }
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return Math.Round((values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2, 1);
    }

    private static void Write(Figures figures, bool json, TextWriter output)
    {
        if (json)
            output.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        starts = figures.Starts,
                        create_ms = figures.CreateMs,
                        process_ms = figures.ProcessMs,
                        start_ms = figures.StartMs,
                        destroy_ms = figures.DestroyMs,
                    }
                )
            );
        else
            output.WriteLine(
                $"{figures.Starts} containers, medians: create {figures.CreateMs} ms, start process {figures.ProcessMs} ms, "
                    + $"both {figures.StartMs} ms; destroy {figures.DestroyMs} ms"
            );
    }

    private sealed record Figures(int Starts, double CreateMs, double ProcessMs, double StartMs, double DestroyMs);
}
