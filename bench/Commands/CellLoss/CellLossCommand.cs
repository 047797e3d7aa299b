using System.CommandLine;
using Scheduler.Client;

namespace Scheduler.Bench.Commands.CellLoss;

/// <summary><c>bench cell-loss</c></summary>
internal static class CellLossCommand
{
    public static Command Create()
    {
        var defaults = new CellLossOptions();
        var cells = BenchFlags.Number("--cells", "Number of simulated cells", defaults.Cells);
        var instances = BenchFlags.Number("--instances", "Number of instances that run when cells are killed", defaults.Instances);
        var lrps = BenchFlags.Number("--lrps", "Number of LRPs the instances belong to", defaults.Lrps);
        var kill = BenchFlags.Number("--kill", "Number of cells to kill at once", defaults.Kill);
        var onKilled = BenchFlags.Number(
            "--on-killed",
            "Total number of instances on the killed cells, spread evenly over the LRPs; 0: as many as the auction places there",
            defaults.OnKilled
        );
        var perProcess = BenchFlags.Number("--cells-per-process", "Number of cells per process", defaults.CellsPerProcess);
        var zones = BenchFlags.Number("--zones", "Number of zones; processes are assigned to them in turn", defaults.Zones);
        var ttl = BenchFlags.Duration("--ttl", "Presence TTL: the cell counts as absent after this long without renewal", defaults.Ttl);
        var probes = BenchFlags.Rate(
            "--probes",
            "Probes per second: LRPs of one instance that measure the time from submit to running",
            defaults.Probes
        );
        var deploys = BenchFlags.Rate(
            "--deploys",
            "Further LRPs per second, deleted once they run: the rest of the steady load",
            defaults.Deploys
        );
        var deployInstances = BenchFlags.Number(
            "--deploy-instances",
            "Number of instances of each LRP of --deploys",
            defaults.DeployInstances
        );
        var steady = BenchFlags.Duration(
            "--steady",
            "Measuring time of the steady load before the kill, and again after the replacement",
            defaults.Steady
        );
        var patience = BenchFlags.Duration("--patience", "Time limit of each phase; the run fails when it is exceeded", defaults.Patience);
        var store = BenchFlags.Store();
        var logs = BenchFlags.Logs();
        var seed = BenchFlags.Seed("Random seed; the same seed gives the same instance sizes in the same order", defaults.Seed);
        var json = BenchFlags.Json("Print one JSON object");
        var maxSeconds = BenchFlags.Rate(
            "--max-seconds",
            "Objective: maximum seconds from the kill to the last replacement; 0: none",
            defaults.MaxSeconds
        );
        var maxLoad = BenchFlags.Rate(
            "--max-load-ratio",
            "Objective: maximum database load during the replacement, as a multiple of the steady load; 0: none",
            defaults.MaxLoadRatio
        );
        var maxLatency = BenchFlags.Rate(
            "--max-latency-ratio",
            "Objective: maximum p99 of submit to running from the kill to the last replacement, as a multiple of that before; 0: none",
            defaults.MaxLatencyRatio
        );
        var maxPace = BenchFlags.Rate(
            "--max-cells-per-second",
            "Objective: maximum number of cells given up per second; 0: none",
            defaults.MaxCellsPerSecond
        );
        var command = new Command("cell-loss").Explain(
            """
            Kill cells of a complete system and measure how fast their instances are replaced

            Starts MariaDB, a BBS, an auctioneer, a converger and processes of simulated cells on loopback ports, desires the instances
            over gRPC, waits until all run, kills the processes of --kill cells with SIGKILL, and follows the event stream until everything
            that ran there runs elsewhere. All processes and files are removed at the end, even after Ctrl-C.

            Reports the seconds from the kill to each RUNNING replacement; cells given up per second (by their first SUSPECT row); the
            probes' time from submit to running before the kill, from the first cell given up to the last replacement, and afterwards; and the
            database server's counters per second (statements, commits, rows written, bytes of redo log) in the same phases. The steady load
            consists of --probes and --deploys; presences are renewed in memory and write nothing.

            One cell of 100, with 1,000 of 10,000 instances, replaced within its TTL + 3 s:
              ./scheduler bench cell-loss --max-seconds 18
            300 of 1,000 cells, under a steady load of 5 probes and 4 deploys of 5 instances a second:
              ./scheduler bench cell-loss --cells 1000 --instances 20000 --lrps 2000 --on-killed 0 --kill 300 --cells-per-process 100 --zones 3 \
                --deploys 4 --steady 60s --max-cells-per-second 1.05 --max-load-ratio 2 --max-latency-ratio 2

            Exit code 1 if an objective is missed, an instance is not replaced, or a component exits by itself.
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
}
