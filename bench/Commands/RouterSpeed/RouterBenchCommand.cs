using System.CommandLine;

namespace Scheduler.Bench.Commands.RouterSpeed;

/// <summary><c>bench router</c></summary>
internal static class RouterBenchCommand
{
    public static Command Create()
    {
        var seconds = BenchFlags.Number("--seconds", "Duration of each measurement in seconds", 3);
        var rounds = BenchFlags.Number("--rounds", "Number of times that each proxy is measured, in turns", 3);
        var connections = BenchFlags.Number("--connections", "Number of connections of clients", 32);
        var routes = BenchFlags.Number("--routes", "Number of routes while the router is measured under changes", 10_000);
        var changes = BenchFlags.Number("--changes", "Number of changes per second in that measurement", 100);
        var json = BenchFlags.Json();
        var command = new Command(
            "router",
            "Benchmark the router: requests per second against bare YARP and haproxy, and pauses while routes change"
        )
        {
            seconds,
            rounds,
            connections,
            routes,
            changes,
            json,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                RouterBench.RunAsync(
                    new RouterBenchPlan(
                        TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                        parsed.GetValue(rounds),
                        parsed.GetValue(connections),
                        parsed.GetValue(routes),
                        parsed.GetValue(changes)
                    ),
                    parsed.GetValue(json),
                    parsed.InvocationConfiguration.Output,
                    cancellationToken
                )
        );
        return command;
    }
}
