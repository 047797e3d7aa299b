using System.Globalization;
using System.Text.Json;

namespace Scheduler.Bench.Commands.GrpcSpeed;

/// <summary>
/// <c>scheduler bench grpc</c>: compares unary calls through the gRPC packages with the same bytes through a plain HTTP/2 endpoint and
/// <see cref="HttpClient"/>, client and server in this process over loopback; then makes a million calls to check whether the heap grows.
/// </summary>
public static class GrpcBench
{
    /// <summary>Calls in the second part.</summary>
    public const long DefaultHeapCalls = 1_000_000;

    /// <summary>Concurrent calls.</summary>
    private const int Concurrency = 32;

    /// <summary>The two sides take short turns, so that temporary load on the machine affects both.</summary>
    private const int Rounds = 50;

    /// <summary>
    /// Calls before the first turn: the framework is precompiled, but this program's code is compiled at run time, twice where it is hot.
    /// </summary>
    private const long WarmUpCalls = 100_000;

    /// <summary>
    /// Minimum ratio. The packages reach about 0.8; their overhead per call is the price of not maintaining our own runtime.
    /// </summary>
    private const double RatioFloor = 0.7;

    /// <summary>
    /// How much the heap may grow over the calls, in bytes: enough for pools and buffers of the connection, not for one object per call.
    /// </summary>
    private const long HeapTolerance = 8L * 1024 * 1024;

    /// <summary>Runs the benchmark and writes the figures to standard output.</summary>
    /// <param name="json">Whether to write one JSON object per line instead of sentences.</param>
    /// <param name="duration">Total duration of the first part.</param>
    /// <param name="heapCalls">Calls in the second part; 0 to skip it.</param>
    /// <param name="cancellationToken">Stops the benchmark.</param>
    /// <returns>0 if the figures meet their limits, else 1.</returns>
    public static async Task<int> RunAsync(bool json, TimeSpan duration, long heapCalls, CancellationToken cancellationToken)
    {
        await using var server = await EchoServer.StartAsync(cancellationToken);
        using var grpc = new GrpcEcho(server.Address);
        await grpc.CallAsync(cancellationToken);
        using var plain = new PlainEcho(server.Address, server.GrpcHeaders);
        var load = new Load(TimeProvider.System, Concurrency);

        var slice = duration / (2 * Rounds);
        await load.CountAsync(plain.CallAsync, WarmUpCalls, cancellationToken);
        await load.CountAsync(grpc.CallAsync, WarmUpCalls, cancellationToken);
        var (ours, theirs) = (Measured.Nothing, Measured.Nothing);
        for (var round = 0; round < Rounds; round++)
        {
            theirs += await load.ForAsync(plain.CallAsync, slice, cancellationToken);
            ours += await load.ForAsync(grpc.CallAsync, slice, cancellationToken);
        }

        var ratio = ours.CallsPerSecond / theirs.CallsPerSecond;
        var good = ratio >= RatioFloor;
        Report(
            json,
            new
            {
                bench = "grpc",
                part = "unary",
                concurrency = Concurrency,
                bytes = EchoServer.PayloadSize,
                grpcCallsPerSecond = Math.Round(ours.CallsPerSecond),
                plainCallsPerSecond = Math.Round(theirs.CallsPerSecond),
                ratio = Math.Round(ratio, 3),
                grpcMicrosecondsPerCall = Math.Round(ours.MicrosecondsPerCall, 1),
                plainMicrosecondsPerCall = Math.Round(theirs.MicrosecondsPerCall, 1),
                grpcBytesPerCall = ours.BytesPerCall,
                plainBytesPerCall = theirs.BytesPerCall,
                floor = RatioFloor,
                ok = good,
            },
            $"unary calls: {ours.CallsPerSecond:N0}/s over gRPC, {theirs.CallsPerSecond:N0}/s over plain HTTP/2, ratio {ratio:F2} (at least {RatioFloor}); CPU time per call {ours.MicrosecondsPerCall:F1} and {theirs.MicrosecondsPerCall:F1} us, bytes allocated per call {ours.BytesPerCall:N0} and {theirs.BytesPerCall:N0}"
        );
        if (heapCalls <= 0)
            return good ? 0 : 1;

        var before = Heap();
        var many = await load.CountAsync(grpc.CallAsync, heapCalls, cancellationToken);
        var after = Heap();
        var steady = after - before < HeapTolerance;
        Report(
            json,
            new
            {
                bench = "grpc",
                part = "heap",
                calls = many.Calls,
                callsPerSecond = Math.Round(many.CallsPerSecond),
                heapBytesBefore = before,
                heapBytesAfter = after,
                tolerance = HeapTolerance,
                ok = steady,
            },
            $"{many.Calls:N0} calls: heap {before / 1024:N0} KiB before, {after / 1024:N0} KiB after"
        );
        return good && steady ? 0 : 1;
    }

    private static long Heap()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static void Report(bool json, object figures, FormattableString sentence) =>
        Console.Out.WriteLine(json ? JsonSerializer.Serialize(figures) : sentence.ToString(CultureInfo.InvariantCulture));
}
