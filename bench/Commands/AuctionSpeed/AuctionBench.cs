using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Bench.Commands.AuctionSpeed;

/// <summary>
/// <c>bench auction</c>: speed and quality of the engine's decisions. The same fleet is built several times from the seed: to warm up, to
/// time the whole batch, and to time each decision.
/// </summary>
public static class AuctionBench
{
    /// <summary>
    /// The runtime optimises hot code in the background in two steps, each some hundred milliseconds after the code becomes hot.
    /// </summary>
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(2);

    /// <returns>0, or 2 for invalid options.</returns>
    public static Task<int> RunAsync(AuctionBenchOptions options, bool json, TextWriter output, CancellationToken cancellation)
    {
        if (options.Validate() is { } error)
        {
            output.WriteLine(error.Message);
            return Task.FromResult(2);
        }

        var result = Measure(options, cancellation);
        output.WriteLine(json ? JsonSerializer.Serialize(result, AuctionBenchJson.Default.AuctionBenchResult) : Describe(result));
        return Task.FromResult(0);
    }

    public static AuctionBenchResult Measure(AuctionBenchOptions options, CancellationToken cancellation)
    {
        WarmUp(options, cancellation);

        var fleet = new AuctionBenchFleet(options);
        var results = new PlacementResult[fleet.Asks.Length];
        Settle();
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        PlaceAll(fleet, results);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        cancellation.ThrowIfCancellationRequested();

        var latencies = Latencies(options);
        var quality = AuctionBenchQuality.Of(options, fleet, results);
        return new AuctionBenchResult
        {
            Cells = options.Cells,
            Lrps = options.Lrps,
            Processes = options.Processes,
            Zones = options.Zones,
            Seed = options.Seed,
            Prefill = options.PrefillPerCell,
            ConstraintSets = options.ConstraintSets,
            DecisionsPerSecond = Math.Round(options.Lrps / elapsed.TotalSeconds),
            P50Ns = Percentile(latencies, 0.5),
            P99Ns = Percentile(latencies, 0.99),
            P999Ns = Percentile(latencies, 0.999),
            AllocatedBytesPerDecision = (double)allocated / options.Lrps,
            OrderMs = Math.Round(fleet.OrderTime.TotalMilliseconds, 3),
            MemoryUsedStddev = quality.MemoryUsedStddev,
            MemoryUsedMaxMinusMin = quality.MemoryUsedMaxMinusMin,
            ProcessesUnevenOverZones = quality.ProcessesUnevenOverZones,
            MaxSameProcessOnCell = quality.MaxSameProcessOnCell,
            Failed = quality.Failed,
        };
    }

    /// <summary>
    /// Warms up: the first decisions run code that the compiler has not optimised yet, which a long-running service has left behind.
    /// </summary>
    private static void WarmUp(AuctionBenchOptions options, CancellationToken cancellation)
    {
        var small = options with { Cells = Math.Min(options.Cells, 1_000), Lrps = Math.Min(options.Lrps, 100_000) };
        small = small with { Processes = Math.Min(options.Processes, small.Lrps), Zones = Math.Min(options.Zones, small.Cells) };
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < WarmUpTime)
        {
            cancellation.ThrowIfCancellationRequested();
            var fleet = new AuctionBenchFleet(small);
            PlaceAll(fleet, new PlacementResult[fleet.Asks.Length]);
        }
    }

    private static void PlaceAll(AuctionBenchFleet fleet, PlacementResult[] results)
    {
        var engine = fleet.Engine;
        var asks = fleet.Asks;
        for (var i = 0; i < asks.Length; i++)
            results[i] = engine.Place(asks[i]);
    }

    private static long[] Latencies(AuctionBenchOptions options)
    {
        var fleet = new AuctionBenchFleet(options);
        var latencies = new long[fleet.Asks.Length];
        Settle();
        for (var i = 0; i < latencies.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            fleet.Engine.Place(fleet.Asks[i]);
            latencies[i] = Stopwatch.GetTimestamp() - start;
        }

        Array.Sort(latencies);
        return latencies;
    }

    /// <summary>Collects the garbage from building the fleet, so that the decisions do not pay for it.</summary>
    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private static double Percentile(long[] sorted, double part) =>
        Math.Round(sorted[(int)Math.Min(sorted.Length - 1, part * sorted.Length)] * 1e9 / Stopwatch.Frequency);

    private static string Describe(AuctionBenchResult result) =>
        $"""
            {result.Lrps} LRPs of {result.Processes} processes on {result.Cells} cells in {result.Zones} zones: {result.DecisionsPerSecond:N0} decisions/s
            one decision: p50 {result.P50Ns} ns, p99 {result.P99Ns} ns, p99.9 {result.P999Ns} ns, {result.AllocatedBytesPerDecision} bytes allocated
            memory used: standard deviation {result.MemoryUsedStddev:F4}, max − min {result.MemoryUsedMaxMinusMin:F4}
            {result.ProcessesUnevenOverZones} processes unevenly spread over zones, {result.Failed} not placed
            at most {result.MaxSameProcessOnCell} instances of a process on a cell
            """;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AuctionBenchResult))]
internal sealed partial class AuctionBenchJson : JsonSerializerContext;
