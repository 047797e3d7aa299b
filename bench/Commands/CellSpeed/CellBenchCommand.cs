using System.CommandLine;
using Scheduler.Client;

namespace Scheduler.Bench.Commands.CellSpeed;

/// <summary><c>bench cell</c></summary>
internal static class CellBenchCommand
{
    public static Command Create()
    {
        var defaults = new CellBenchOptions();
        var containers = BenchFlags.Number("--containers", "Containers of each contestant", defaults.Containers);
        var parallel = BenchFlags.Number("--parallel", "How many start at a time", defaults.Parallel);
        var burst = BenchFlags.Number("--burst", "Containers asked for at once in the end; 0: none", defaults.Burst);
        var state = Text("--state", "DIR", "Directory for the cell's files; they are removed at the end", defaults.State);
        var runc = Text("--runc", "PROGRAM", "The runc program", defaults.Runc);
        var docker = new Option<string?>("--docker-host")
        {
            Description = "A Docker engine to measure beside, such as unix:///var/run/docker.sock",
            HelpName = "URL",
        };
        var json = BenchFlags.Json("One JSON object");
        var command = new Command("cell") { containers, parallel, burst, state, runc, docker, json }.Explain(
            """
            Measure how fast real containers start, in turns with runc alone; needs root

            Starts containers with this program's driver and with "runc run" of the same bundle, in turns: first a quarter of them one at a
            time, then all of them several at a time, then a burst at once. A start ends when the container's program writes to a pipe.
            For runc alone everything is prepared: files, mounts, user and network namespace. The driver's starts contain all of that, and
            the supervisor that keeps the output and the exit code. Removing is not measured.
            """
        );
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var options = new CellBenchOptions
                {
                    Containers = parsed.GetValue(containers),
                    Parallel = parsed.GetValue(parallel),
                    Burst = parsed.GetValue(burst),
                    State = parsed.GetValue(state)!,
                    Runc = parsed.GetValue(runc)!,
                    DockerHost = parsed.GetValue(docker),
                };
                if (options.Validate() is { } broken)
                    throw broken.ToException();
                var result = await new CellBench(options).RunAsync(cancellationToken);
                await parsed.InvocationConfiguration.Output.WriteLineAsync(parsed.GetValue(json) ? result.ToJson() : result.ToTable());
            }
        );
        return command;
    }

    private static Option<string> Text(string name, string help, string description, string fallback) =>
        new(name)
        {
            Description = description,
            HelpName = help,
            DefaultValueFactory = _ => fallback,
        };
}
