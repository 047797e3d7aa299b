using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Scheduler.Bench.Commands.ConvergeSpeed;

/// <summary>
/// <c>bench converge</c>: the converger's cost of an audit, a lost cell and a single event, both in a whole cluster and in a model that
/// contains only what they affect.
/// </summary>
public static class ConvergeBench
{
    // Several, so that a loss does not find its memory in the caches because of the previous one.
    private const int LostCells = 8;
    private const int LossRounds = 5;
    private const int Audits = 7;
    private const int EventRounds = 20;

    /// <returns>0, or 2 for invalid options.</returns>
    public static Task<int> RunAsync(ConvergeBenchOptions options, bool json, TextWriter output, CancellationToken cancellation)
    {
        if (options.Validate() is { } error)
        {
            output.WriteLine(error.Message);
            return Task.FromResult(2);
        }

        var result = Measure(options, cancellation);
        output.WriteLine(json ? JsonSerializer.Serialize(result, ConvergeBenchJson.Default.ConvergeBenchResult) : Describe(result));
        return Task.FromResult(0);
    }

    public static ConvergeBenchResult Measure(ConvergeBenchOptions options, CancellationToken cancellation)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var whole = new ConvergeBenchCluster(options);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;

        var cells = Math.Min(LostCells, options.Cells);
        var alone = new ConvergeBenchCluster[cells];
        for (var cell = 0; cell < cells; cell++)
        {
            cancellation.ThrowIfCancellationRequested();
            alone[cell] = new ConvergeBenchCluster(options, cell);
        }

        var (audits, cpu, allocated) = Audit(whole, cancellation);
        var (losses, lossesAlone, commands) = Lose(whole, alone, cancellation);
        var (events, eventsAlone, perEvent) = Tell(whole, alone, cancellation);
        GC.KeepAlive(whole);
        return new ConvergeBenchResult
        {
            Lrps = options.Lrps,
            Cells = options.Cells,
            Processes = (options.Lrps + options.InstancesPerProcess - 1) / options.InstancesPerProcess,
            Seed = options.Seed,
            PictureBytes = bytes,
            PictureBytesPerLrp = Math.Round((double)bytes / options.Lrps, 1),
            AuditMs = Milliseconds(Median(audits)),
            AuditCpuMs = Milliseconds(cpu),
            AuditWorstMs = Milliseconds(audits.Max()),
            AuditAllocatedBytes = allocated,
            CellLossCommands = commands,
            CellLossMs = Milliseconds(Median(losses)),
            CellLossAloneMs = Milliseconds(Median(lossesAlone)),
            CellLossBeyondMs = Milliseconds(Median(losses) - Median(lossesAlone)),
            EventUs = Math.Round(Median(events).TotalMicroseconds, 3),
            EventAloneUs = Math.Round(Median(eventsAlone).TotalMicroseconds, 3),
            EventAllocatedBytes = Math.Round(perEvent, 1),
        };
    }

    private static (List<TimeSpan> Times, TimeSpan Cpu, long AllocatedBytes) Audit(
        ConvergeBenchCluster whole,
        CancellationToken cancellation
    )
    {
        // Warms up: the first rounds run code that the compiler has not optimised yet, which a long-running service has left behind.
        for (var i = 0; i < 2; i++)
            whole.Audit();
        var times = new List<TimeSpan>();
        var (before, cpuBefore) = (GC.GetAllocatedBytesForCurrentThread(), Environment.CpuUsage.TotalTime);
        for (var i = 0; i < Audits; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            times.Add(Time(whole.Audit, out var found));
            if (found != 0)
                throw new InvalidOperationException($"an audit of a converged cluster produced {found} commands");
        }
        return (times, (Environment.CpuUsage.TotalTime - cpuBefore) / Audits, (GC.GetAllocatedBytesForCurrentThread() - before) / Audits);
    }

    private static (List<TimeSpan> Whole, List<TimeSpan> Alone, int Commands) Lose(
        ConvergeBenchCluster whole,
        ConvergeBenchCluster[] alone,
        CancellationToken cancellation
    )
    {
        var (times, timesAlone, commands) = (new List<TimeSpan>(), new List<TimeSpan>(), 0);
        for (var round = -1; round < LossRounds; round++)
        {
            for (var cell = 0; cell < alone.Length; cell++)
            {
                cancellation.ThrowIfCancellationRequested();
                var lost = cell;
                var inAll = Time(() => whole.Lose(lost), out commands);
                var byItself = Time(() => alone[lost].Lose(lost), out var same);
                if (commands != same)
                    throw new InvalidOperationException(
                        $"the loss of a cell took {commands} commands in the cluster and {same} in isolation"
                    );
                whole.Return(lost);
                alone[lost].Return(lost);
                // The first round only warms up.
                if (round < 0)
                    continue;
                times.Add(inAll);
                timesAlone.Add(byItself);
            }
        }
        return (times, timesAlone, commands);
    }

    private static (List<TimeSpan> Whole, List<TimeSpan> Alone, double Bytes) Tell(
        ConvergeBenchCluster whole,
        ConvergeBenchCluster[] alone,
        CancellationToken cancellation
    )
    {
        var (times, timesAlone) = (new List<TimeSpan>(), new List<TimeSpan>());
        var (bytes, count) = (0L, 0);
        for (var round = -1; round < EventRounds; round++)
        {
            for (var cell = 0; cell < alone.Length; cell++)
            {
                cancellation.ThrowIfCancellationRequested();
                var events = whole.EventsOn(cell);
                var before = GC.GetAllocatedBytesForCurrentThread();
                var inAll = Time(() => events.Sum(whole.Take), out _);
                bytes += GC.GetAllocatedBytesForCurrentThread() - before;
                count += events.Count;
                var byItself = Time(() => events.Sum(alone[cell].Take), out _);
                if (round < 0)
                    continue;
                times.Add(inAll / events.Count);
                timesAlone.Add(byItself / events.Count);
            }
        }
        return (times, timesAlone, (double)bytes / count);
    }

    private static TimeSpan Time(Func<int> work, out int result)
    {
        var start = Stopwatch.GetTimestamp();
        result = work();
        return Stopwatch.GetElapsedTime(start);
    }

    private static TimeSpan Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);

    private static string Describe(ConvergeBenchResult result) =>
        $"""
            {result.Lrps} instances of {result.Processes} LRPs on {result.Cells} cells: {result.PictureBytes
                / 1e6:N0} MB, {result.PictureBytesPerLrp} bytes each
            audit: {result.AuditMs} ms ({result.AuditCpuMs} ms CPU), max {result.AuditWorstMs} ms, {result.AuditAllocatedBytes} bytes allocated
            cell loss: {result.CellLossMs} ms for {result.CellLossCommands} commands, {result.CellLossAloneMs} ms in isolation
            cluster size adds {result.CellLossBeyondMs} ms to a cell loss
            instance event: {result.EventUs} µs, {result.EventAloneUs} µs in isolation, {result.EventAllocatedBytes} bytes allocated
            """;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ConvergeBenchResult))]
internal sealed partial class ConvergeBenchJson : JsonSerializerContext;
