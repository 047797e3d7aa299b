using System.CommandLine;
using System.Globalization;
using Scheduler.Cli;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.CellLoss;

/// <summary><c>bench cell-loss</c></summary>
internal static class CellLossCommand
{
    public static Command Create()
    {
        var defaults = new CellLossOptions();
        var cells = BenchFlags.Number("--cells", "Simulated cells of the fleet", defaults.Cells);
        var instances = BenchFlags.Number("--instances", "Instances that run when cells are killed", defaults.Instances);
        var lrps = BenchFlags.Number("--lrps", "LRPs that they belong to", defaults.Lrps);
        var kill = BenchFlags.Number("--kill", "Cells that are killed at once", defaults.Kill);
        var onKilled = BenchFlags.Number(
            "--on-killed",
            "Instances that the killed cells have together, one by one of every LRP; 0: as many as the auction gives them",
            defaults.OnKilled
        );
        var perProcess = BenchFlags.Number("--cells-per-process", "Cells that share a process", defaults.CellsPerProcess);
        var zones = BenchFlags.Number("--zones", "Zones that the processes are dealt to", defaults.Zones);
        var ttl = Duration("--ttl", "How long a cell counts as alive without being heard of", defaults.Ttl);
        var probes = Rate("--probes", "LRPs of one instance that are desired per second, to measure submit -> running", defaults.Probes);
        var deploys = Rate(
            "--deploys",
            "Further LRPs deployed per second and removed when they run: the rest of the steady load",
            defaults.Deploys
        );
        var deployInstances = BenchFlags.Number("--deploy-instances", "Instances of each of those", defaults.DeployInstances);
        var steady = Duration(
            "--steady",
            "How long the steady load is measured before the kill, and again after the replacement",
            defaults.Steady
        );
        var patience = Duration("--patience", "How long a phase may take before the run is given up", defaults.Patience);
        var store = new Option<string>("--store")
        {
            Description = "Where the BBS keeps its state; default: a MariaDB server that comes and goes with the run",
            HelpName = "sqlite:PATH|mysql:CONNECTION",
        };
        var logs = new Option<string>("--logs") { Description = "Folder in which the logs of all parts stay", HelpName = "DIR" };
        var seed = BenchFlags.Seed("Same seed, same sizes of instances in the same order", defaults.Seed);
        var json = BenchFlags.Json("One JSON object");
        var maxSeconds = Rate("--max-seconds", "Objective: all replaced so many seconds after the kill", defaults.MaxSeconds);
        var maxLoad = Rate(
            "--max-load-ratio",
            "Objective: database load during the replacement, as a multiple of the steady load",
            defaults.MaxLoadRatio
        );
        var maxLatency = Rate(
            "--max-latency-ratio",
            "Objective: p99 of submit -> running during the replacement, as a multiple of that before",
            defaults.MaxLatencyRatio
        );
        var maxPace = Rate("--max-cells-per-second", "Objective: cells given up per second", defaults.MaxCellsPerSecond);
        var command = new Command("cell-loss").Explain(
            """
            Kill cells under the whole system and measure how their instances are replaced

            Starts MariaDB, a BBS, an auctioneer, a converger and processes of simulated cells on loopback ports, desires the instances
            over gRPC, waits until all run, kills the processes of --kill cells with SIGKILL, and follows the event stream until everything
            that ran there runs elsewhere. All processes and files go at the end, also after Ctrl-C.

            Figures: seconds from the kill to each RUNNING replacement; cells given up per second (their first SUSPECT row); submit -> running
            of the probes before the kill, from the first cell given up to the last replacement, and after; and the database server's own
            counters per second (statements, commits, rows written, bytes of redo log) in the same phases. "Steady load" is what --probes
            and --deploys make; presences are renewed in memory and write nothing.

            One cell of 100, with 1,000 of 10,000 instances, replaced within its TTL + 3 s:
              ./scheduler bench cell-loss --max-seconds 18
            300 of 1,000 cells, under a steady load of 5 probes and 4 deploys of 5 instances a second:
              ./scheduler bench cell-loss --cells 1000 --instances 20000 --lrps 2000 --on-killed 0 --kill 300 --cells-per-process 100 --zones 3 \
                --deploys 4 --steady 60s --max-cells-per-second 1.05 --max-load-ratio 2 --max-latency-ratio 2

            Exits with 1 when an objective is missed, an instance is not replaced, or a part ends by itself.
            """
        );
        foreach (
            var option in (Option[])
                [
                    cells,
                    instances,
                    lrps,
                    kill,
                    onKilled,
                    perProcess,
                    zones,
                    ttl,
                    probes,
                    deploys,
                    deployInstances,
                    steady,
                    patience,
                    store,
                    logs,
                    seed,
                    json,
                    maxSeconds,
                    maxLoad,
                    maxLatency,
                    maxPace,
                ]
        )
            command.Options.Add(option);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var options = new CellLossOptions
                {
                    Cells = parsed.GetValue(cells),
                    Instances = parsed.GetValue(instances),
                    Lrps = parsed.GetValue(lrps),
                    Kill = parsed.GetValue(kill),
                    OnKilled = parsed.GetValue(onKilled),
                    CellsPerProcess = parsed.GetValue(perProcess),
                    Zones = parsed.GetValue(zones),
                    Ttl = parsed.GetValue(ttl),
                    Probes = parsed.GetValue(probes),
                    Deploys = parsed.GetValue(deploys),
                    DeployInstances = parsed.GetValue(deployInstances),
                    Steady = parsed.GetValue(steady),
                    Patience = parsed.GetValue(patience),
                    Store = parsed.GetValue(store),
                    Logs = parsed.GetValue(logs) is { } folder ? Path.GetFullPath(folder) : null,
                    Seed = parsed.GetValue(seed),
                    MaxSeconds = parsed.GetValue(maxSeconds),
                    MaxLoadRatio = parsed.GetValue(maxLoad),
                    MaxLatencyRatio = parsed.GetValue(maxLatency),
                    MaxCellsPerSecond = parsed.GetValue(maxPace),
                };
                if (options.Validate() is { } broken)
                    throw broken.ToException();
                var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
                var result = await new CellLossBench(options, error, TimeProvider.System).RunAsync(cancellationToken);
                await output.WriteLineAsync(parsed.GetValue(json) ? result.ToJson() : result.ToTable());
                return result.Missed.Count == 0 ? ExitCodes.Ok : ExitCodes.Failed;
            }
        );
        return command;
    }

    private static Option<double> Rate(string name, string description, double fallback) =>
        new(name)
        {
            Description = description,
            HelpName = "X",
            DefaultValueFactory = _ => fallback,
        };

    private static Option<TimeSpan> Duration(string name, string description, TimeSpan fallback) =>
        new(name)
        {
            Description = description,
            HelpName = "DURATION",
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (!Durations.TryParse(text, out var duration))
                    result.AddError(
                        string.Create(CultureInfo.InvariantCulture, $"{name}: must be a duration above 0 such as 15s or 2m, not \"{text}\"")
                    );
                return duration;
            },
        };
}
