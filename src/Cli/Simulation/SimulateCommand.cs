using System.CommandLine;
using Scheduler.Models;
using Scheduler.Simulation.Fleet;
using Scheduler.Simulation.Fleet.Report;

namespace Scheduler.Cli.Simulation;

/// <summary><c>scheduler simulate …</c></summary>
internal static class SimulateCommand
{
    public static Command Create() =>
        new("simulate", "Simulate large fleets and failing clusters in virtual time, reproducible from a seed")
        {
            Fleet(),
            ClusterCommand.Create(),
            ClusterCommand.CreateNightly(),
        };

    private static Command Fleet()
    {
        var defaults = new FleetOptions();
        var cells = Number("--cells", $"Number of cells, each with {FleetLayout.CellMemoryMb} MB of memory", defaults.Cells);
        var zones = Number("--zones", "Number of zones", defaults.Zones);
        var hours = Number("--hours", "Virtual hours to simulate", defaults.Hours);
        var seed = new Option<ulong>("--seed")
        {
            Description = "Random seed; the same seed gives byte-identical JSON",
            DefaultValueFactory = _ => defaults.Seed,
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var report = new Option<string>("--report") { Description = "File to write an HTML report with charts to", HelpName = "FILE.html" };
        var command = new Command("fleet") { cells, zones, hours, seed, json, report };
        command.Explain(
            """
            Simulate a fleet with apps, tasks, deploys, crashes, drains and lost cells, placed by the real auction

            Examples:
              ./scheduler simulate fleet --cells 1000 --zones 3 --hours 24 --seed 7
              ./scheduler simulate fleet --cells 300 --hours 6 --seed 1 --report fleet.html

            Exit code 1 if an invariant was violated, such as an overcommitted cell.
            """
        );
        command.SetAction(
            (parsed, cancellation) =>
                RunAsync(
                    new FleetOptions
                    {
                        Cells = parsed.GetValue(cells),
                        Zones = parsed.GetValue(zones),
                        Hours = parsed.GetValue(hours),
                        Seed = parsed.GetValue(seed),
                    },
                    parsed.GetValue(json),
                    parsed.GetValue(report),
                    parsed.InvocationConfiguration.Output,
                    cancellation
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(
        FleetOptions options,
        bool json,
        string? report,
        TextWriter output,
        CancellationToken cancellation
    )
    {
        if (options.Validate() is { } broken)
            throw broken.ToException();
        // Open before the run, so that an invalid name fails at once.
        await using var page = report is null ? null : Open(report);
        var result = FleetSimulation.Run(options, cancellation);
        if (page is not null)
            await page.WriteAsync(FleetReport.Html(result).AsMemory(), cancellation);
        if (json)
            await output.WriteLineAsync(result.ToJson().AsMemory(), cancellation);
        else
            FleetSummary.Write(result, report, output);
        return result.InvariantViolations.Sum == 0 ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static StreamWriter Open(string file)
    {
        try
        {
            return new StreamWriter(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new DomainException(DomainError.Invalid("--report", $"cannot write {file}: {failure.Message}"), failure);
        }
    }

    private static Option<int> Number(string name, string description, int fallback) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => fallback,
        };
}
