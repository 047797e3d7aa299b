using System.CommandLine;
using Scheduler.Bench.Commands.BbsSpeed.Million;
using Scheduler.Client;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.BbsSpeed;

/// <summary><c>bench bbs</c></summary>
internal static class BbsBenchCommand
{
    public static Command Create()
    {
        var defaults = new BbsBenchOptions();
        var lrps = BenchFlags.Number("--lrps", "Number of LRPs to desire", defaults.Lrps);
        var perProcess = BenchFlags.Number("--instances-per-process", "Number of instances of each LRP", defaults.InstancesPerProcess);
        var cells = BenchFlags.Number(
            "--cells",
            $"Number of simulated cells (with --million: {new MillionOptions().Cells}, and none of them runs)",
            defaults.Cells
        );
        var cellsPerProcess = BenchFlags.Number("--cells-per-process", "Number of cells per process", defaults.CellsPerProcess);
        var concurrency = BenchFlags.Number(
            "--concurrency",
            "Number of calls that desire LRPs or tasks at the same time",
            defaults.Concurrency
        );
        var batch = BenchFlags.Number("--batch", "Number of LRPs or tasks that a call desires", defaults.Batch);
        var tasks = BenchFlags.Number("--tasks", "Number of tasks to run after the LRPs", defaults.Tasks);
        var rate = BenchFlags.Rate(
            "--rate",
            "LRPs of one instance per second in a steady load after that, each deleted once it runs",
            defaults.Rate
        );
        var steady = BenchFlags.Duration("--steady", "Duration of the steady load", defaults.Steady);
        var idle = BenchFlags.Duration("--idle", "Time to measure the system without any load at the end (default: none)", defaults.Idle);
        var tls = new Option<string>("--tls")
        {
            Description = "Mutual TLS between all parts",
            HelpName = "on|off",
            DefaultValueFactory = _ => "on",
        };
        tls.AcceptOnlyFromAmong("on", "off");
        var beside = BenchFlags.Number("--beside", "Number of processes that keep a processor busy meanwhile", defaults.Beside);
        var pause = BenchFlags.Duration(
            "--pause-auctioneer",
            "Time for which the auctioneer is stopped (SIGSTOP) once a third of the instances run (default: none)",
            defaults.PauseAuctioneer
        );
        var patience = BenchFlags.Duration("--patience", "Time limit of each step; the run fails when it is exceeded", defaults.Patience);
        var store = BenchFlags.Store();
        var logs = BenchFlags.Logs();
        var seed = BenchFlags.Seed("Random seed; the same seed gives the same instance sizes", defaults.Seed);
        var json = BenchFlags.Json("Print one JSON object");
        var million = new Option<bool>("--million")
        {
            Description = "Measure a BBS with a million instances instead: they are stored, not started",
        };
        var fleet = new MillionOptions();
        var rows = BenchFlags.Number("--rows", "With --million: number of instances", fleet.Rows);
        var writes = BenchFlags.Number("--writes", "With --million: LRPs to change per second while reads are measured", fleet.Writes);
        var measure = BenchFlags.Duration("--measure", "With --million: time to measure each kind of read", fleet.Measure);
        var command = new Command("bbs").Explain(
            """
            Measure how fast a complete system starts instances and tasks, and what that costs

            Starts MariaDB, a BBS, an auctioneer, a converger and processes of simulated cells on loopback ports, desires the LRPs over gRPC
            and follows the event stream until all instances run. Reads one LRP meanwhile, then lists all actual LRPs, runs the tasks, keeps
            up the steady load, and measures the idle system. All processes and files are removed at the end, even after Ctrl-C.

            Reports instances per second from the first call to the last running instance, the times from submit to running, and processor
            time, statements and commits per instance. Processor time includes all parts but the simulated cells.

            100,000 instances of 10,000 LRPs:
              ./scheduler bench bbs --lrps 10000 --instances-per-process 10 --cells 500
            With 8 busy processes, and the auctioneer stopped for 30 s in the middle:
              ./scheduler bench bbs --cells 1000 --lrps 20000 --instances-per-process 1 --beside 8 --pause-auctioneer 30s

            With --million: stores the instances, starts a BBS and a standby, and reports the cold start, the memory, reads and lists while LRPs
            are changed, the time until a converger knows everything, the time of its audit, and the takeover after kill -9 of the active BBS.
            A named --store is filled once and can be measured again.
              ./scheduler bench bbs --million
              ./scheduler bench bbs --million --rows 100000

            Exit code 1 if something does not run within --patience, or a part ends by itself.
            """
        );
        foreach (
            var option in (Option[])
                [
                    lrps,
                    perProcess,
                    cells,
                    cellsPerProcess,
                    concurrency,
                    batch,
                    tasks,
                    rate,
                    steady,
                    idle,
                    tls,
                    beside,
                    pause,
                    patience,
                    store,
                    logs,
                    seed,
                    json,
                    million,
                    rows,
                    writes,
                    measure,
                ]
        )
            command.Options.Add(option);
        Option[] ofStarts = [lrps, cellsPerProcess, concurrency, batch, tasks, rate, steady, idle, beside, pause, seed];
        Option[] ofMillion = [rows, writes, measure];
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
                if (parsed.GetValue(million))
                {
                    Refuse(parsed, ofStarts, "has no effect with --million");
                    var stored = new MillionOptions
                    {
                        Rows = parsed.GetValue(rows),
                        InstancesPerProcess = parsed.GetValue(perProcess),
                        Cells = IsGiven(parsed, cells) ? parsed.GetValue(cells) : fleet.Cells,
                        Writes = parsed.GetValue(writes),
                        Measure = parsed.GetValue(measure),
                        Tls = parsed.GetValue(tls) == "on",
                        Patience = parsed.GetValue(patience),
                        Store = parsed.GetValue(store),
                        Logs = parsed.GetValue(logs) is { } kept ? Path.GetFullPath(kept) : null,
                    };
                    if (stored.Validate() is { } wrong)
                        throw wrong.ToException();
                    var figures = await new MillionBench(stored, error, TimeProvider.System).RunAsync(cancellationToken);
                    await output.WriteLineAsync(parsed.GetValue(json) ? figures.ToJson() : figures.ToTable());
                    return ExitCodes.Ok;
                }

                Refuse(parsed, ofMillion, "needs --million");
                var options = new BbsBenchOptions
                {
                    Lrps = parsed.GetValue(lrps),
                    InstancesPerProcess = parsed.GetValue(perProcess),
                    Cells = parsed.GetValue(cells),
                    CellsPerProcess = parsed.GetValue(cellsPerProcess),
                    Concurrency = parsed.GetValue(concurrency),
                    Batch = parsed.GetValue(batch),
                    Tasks = parsed.GetValue(tasks),
                    Rate = parsed.GetValue(rate),
                    Steady = parsed.GetValue(steady),
                    Idle = parsed.GetValue(idle),
                    Tls = parsed.GetValue(tls) == "on",
                    Beside = parsed.GetValue(beside),
                    PauseAuctioneer = parsed.GetValue(pause),
                    Patience = parsed.GetValue(patience),
                    Store = parsed.GetValue(store),
                    Logs = parsed.GetValue(logs) is { } folder ? Path.GetFullPath(folder) : null,
                    Seed = parsed.GetValue(seed),
                };
                if (options.Validate() is { } broken)
                    throw broken.ToException();
                var result = await new BbsBench(options, error, TimeProvider.System).RunAsync(cancellationToken);
                await output.WriteLineAsync(parsed.GetValue(json) ? result.ToJson() : result.ToTable());
                return ExitCodes.Ok;
            }
        );
        return command;
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static void Refuse(ParseResult parsed, IEnumerable<Option> options, string rule)
    {
        foreach (var option in options)
        {
            if (IsGiven(parsed, option))
                throw DomainError.Invalid(option.Name, rule).ToException();
        }
    }
}
