using System.CommandLine;
using Scheduler.Client;

namespace Scheduler.Bench.Commands.CliSpeed;

/// <summary><c>bench cli</c></summary>
internal static class CliBenchCommand
{
    public static Command Create()
    {
        var runs = BenchFlags.Number("--runs", "Runs of each program", new CliBenchOptions().Runs);
        var json = BenchFlags.Json("Print one JSON object");
        var command = new Command("cli") { runs, json }.Explain(
            """
            Measure how fast a client command answers, beside a hello-world compiled in the same way

            Starts a simulated "scheduler dev" with TLS and runs "lrp list" against it: by the thin client program, through ./scheduler, and
            by the whole program, in turns with the hello-world. Reports the medians of wall time and processor time. Needs the .NET SDK and
            a C compiler, and half a minute to compile before it begins.
            """
        );
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var options = new CliBenchOptions { Runs = parsed.GetValue(runs) };
                if (options.Validate() is { } broken)
                    throw broken.ToException();
                var result = await new CliBench(options, TimeProvider.System).RunAsync(cancellationToken);
                await parsed.InvocationConfiguration.Output.WriteLineAsync(parsed.GetValue(json) ? result.ToJson() : result.ToTable());
            }
        );
        return command;
    }
}
