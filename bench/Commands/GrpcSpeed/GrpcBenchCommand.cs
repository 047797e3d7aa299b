using System.CommandLine;

namespace Scheduler.Bench.Commands.GrpcSpeed;

/// <summary><c>bench grpc</c></summary>
internal static class GrpcBenchCommand
{
    public static Command Create()
    {
        var seconds = BenchFlags.Number("--seconds", "Duration of the throughput measurement in seconds", 5);
        var calls = new Option<long>("--heap-calls")
        {
            Description = "Number of calls over which the heap must not grow; 0: skip this check",
            DefaultValueFactory = _ => GrpcBench.DefaultHeapCalls,
        };
        var json = BenchFlags.Json();
        var command = new Command("grpc", "Benchmark gRPC: unary calls per second against plain HTTP/2, and heap growth")
        {
            seconds,
            calls,
            json,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                GrpcBench.RunAsync(
                    parsed.GetValue(json),
                    TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                    parsed.GetValue(calls),
                    cancellationToken
                )
        );
        return command;
    }
}
