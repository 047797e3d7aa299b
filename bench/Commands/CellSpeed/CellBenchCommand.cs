using System.CommandLine;

namespace Scheduler.Bench.Commands.CellSpeed;

/// <summary><c>bench cell</c></summary>
internal static class CellBenchCommand
{
    public static Command Create()
    {
        var starts = BenchFlags.Number("--starts", "Number of containers, one after another", 50);
        var state = new Option<string>("--state")
        {
            Description = "Directory for the cell's files; they are removed at the end",
            HelpName = "DIR",
            DefaultValueFactory = _ => "/var/lib/scheduler",
        };
        var json = BenchFlags.Json();
        var command = new Command("cell", "Benchmark real containers: time to create, start and destroy one; needs root")
        {
            starts,
            state,
            json,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                CellBench.RunAsync(
                    Math.Max(1, parsed.GetValue(starts)),
                    parsed.GetValue(state)!,
                    parsed.GetValue(json),
                    parsed.InvocationConfiguration.Output,
                    cancellationToken
                )
        );
        return command;
    }
}
