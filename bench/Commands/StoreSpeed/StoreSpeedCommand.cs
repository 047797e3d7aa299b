using System.CommandLine;
using System.Globalization;
using Scheduler.Client;

namespace Scheduler.Bench.Commands.StoreSpeed;

/// <summary><c>bench store</c></summary>
internal static class StoreSpeedCommand
{
    public static Command Create()
    {
        var defaults = new StoreSpeedOptions();
        var rows = new Option<int[]>("--rows")
        {
            Description = "Commit sizes to measure, in rows",
            HelpName = "N,N…",
            DefaultValueFactory = _ => [.. defaults.Rows],
            CustomParser = result =>
            {
                var sizes = new List<int>();
                foreach (var part in result.Tokens[^1].Value.Split(','))
                {
                    if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
                        sizes.Add(size);
                    else
                        result.AddError($"--rows: must be numbers separated by commas, not \"{part}\"");
                }
                return [.. sizes];
            },
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Measuring time per size and round, in seconds",
            HelpName = "X",
            DefaultValueFactory = _ => defaults.Measure.TotalSeconds,
        };
        var rounds = BenchFlags.Number("--rounds", "Number of rounds over all sizes", defaults.Rounds);
        var instances = BenchFlags.Number(
            "--instances",
            "Number of instances in the store, which commits overwrite and a load reads",
            defaults.Instances
        );
        var loads = BenchFlags.Number("--loads", "Number of full loads", defaults.Loads);
        var store = new Option<string>("--store")
        {
            Description = "An empty store, or one that this benchmark filled (default: a temporary MariaDB server)",
            HelpName = "sqlite:PATH|mysql:CONNECTION",
        };
        var json = BenchFlags.Json("Print one JSON object");
        var command = new Command("store") { rows, seconds, rounds, instances, loads, store, json }.Explain(
            """
            Benchmark the BBS's store: commits of batches of rows, and full loads

            Commits batches of changed instances one after the other, as the BBS's loop does, each in one transaction that checks the epoch.
            Reports commits and rows per second, the duration of a commit (p50, p99), this process's CPU time per row, and the duration of a
            full load. The server is as durable as in production (innodb_flush_log_at_trx_commit=1).

            To compare two builds, run them alternately against one server: --store mysql:… with a database for each.
            """
        );
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var options = new StoreSpeedOptions
                {
                    Rows = parsed.GetValue(rows)!,
                    Measure = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                    Rounds = parsed.GetValue(rounds),
                    Instances = parsed.GetValue(instances),
                    Loads = parsed.GetValue(loads),
                    Store = parsed.GetValue(store),
                };
                if (options.Validate() is { } broken)
                    throw broken.ToException();
                var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
                var result = await new StoreSpeedBench(options, error, TimeProvider.System).RunAsync(cancellationToken);
                await output.WriteLineAsync(parsed.GetValue(json) ? result.ToJson() : result.ToTable());
            }
        );
        return command;
    }
}
