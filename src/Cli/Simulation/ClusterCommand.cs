using System.CommandLine;
using Scheduler.Models;
using Scheduler.Simulation.Runs;
using Scheduler.Simulation.Scenarios;

namespace Scheduler.Cli.Simulation;

/// <summary><c>scheduler simulate cluster</c></summary>
internal static class ClusterCommand
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var seed = new Option<string?>("--seed")
        {
            Description = "Random seed; the same seed gives the same run, event by event (default: 1)",
            HelpName = "N",
        };
        var seeds = new Option<string?>("--seeds") { Description = "Run every seed from A to B in parallel", HelpName = "A..B" };
        var minutes = Number("--minutes", "Virtual minutes of load and faults; recovery time is added", RunPlan.DefaultMinutes);
        var cells = Number("--cells", "Number of cells", RunPlan.DefaultCells);
        var zones = new Option<int?>("--zones") { Description = $"Number of zones (default: {RunPlan.DefaultZones})", HelpName = "N" };
        var scenario = new Option<string>("--scenario")
        {
            Description = "Load and faults: a name of --list-scenarios or a YAML file (src/Simulation/Scenarios/README.md)",
            HelpName = "NAME|FILE.yaml",
            DefaultValueFactory = _ => "everything",
        };
        var list = new Option<bool>("--list-scenarios") { Description = "List the scenarios and exit" };
        var trace = new Option<string?>("--trace")
        {
            Description = "File to write a trace to: what each component did, and when",
            HelpName = "FILE",
        };
        var shrink = new Option<bool>("--shrink")
        {
            Description = "If a rule is broken, search for a smaller run that breaks the same rule",
        };
        var tries = Number("--tries", "Maximum number of runs of --shrink", Shrinker.DefaultTries);
        var json = JsonFlag();
        var parallel = ParallelFlag();
        var command = new Command("cluster") { seed, seeds, minutes, cells, zones, scenario, list, trace, shrink, tries, json, parallel };
        command.Explain(
            """
            Simulate the whole system in virtual time under load and faults, and check every rule

            Examples:
              ./scheduler simulate cluster --seed 7
              ./scheduler simulate cluster --seed 7 --cells 50 --scenario control-plane --trace story.txt
              ./scheduler simulate cluster --seeds 1..200 --cells 50 --json
              ./scheduler simulate cluster --seed 7 --shrink
              ./scheduler simulate cluster --list-scenarios

            Exit code 1 if a rule was broken, such as by losing an acknowledged write; prints the command that reproduces it.
            """
        );
        command.SetAction(
            async (parsed, cancellation) =>
            {
                var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
                if (parsed.GetValue(list))
                {
                    foreach (var known in ScenarioCatalog.All)
                        output.WriteLine($"{known.Name.PadRight(14)} {known.Description}");
                    return ExitCodes.Ok;
                }

                var range = (parsed.GetValue(seed), parsed.GetValue(seeds)) switch
                {
                    ({ }, { }) => throw DomainError.Invalid("--seeds", "cannot be combined with --seed").ToException(),
                    (_, { } several) => SeedRange.Parse("--seeds", several),
                    (var single, _) => SeedRange.Single("--seed", single ?? "1"),
                };
                var (traceFile, isShrinking) = (parsed.GetValue(trace), parsed.GetValue(shrink));
                if (parsed.GetValue(seeds) is not null && traceFile is not null)
                    throw DomainError.Invalid("--trace", "needs --seed: a trace covers one run").ToException();
                if (parsed.GetValue(seeds) is not null && isShrinking)
                    throw DomainError.Invalid("--shrink", "needs --seed").ToException();
                RunPlan.Check(parsed.GetValue(minutes), parsed.GetValue(cells), parsed.GetValue(zones));
                Within("--tries", parsed.GetValue(tries), Shrinker.MaxTries);
                var name = parsed.GetValue(scenario)!;
                var found = ScenarioCatalog.Find(name);
                var zoneCount = parsed.GetValue(zones) ?? Math.Min(RunPlan.DefaultZones, parsed.GetValue(cells));
                RunPlan Plan(ulong one) => new(one, parsed.GetValue(minutes), parsed.GetValue(cells), zoneCount, found, name);
                return parsed.GetValue(seeds) is null
                    ? await OneAsync(
                        Plan(range.First),
                        traceFile,
                        isShrinking ? parsed.GetValue(tries) : 0,
                        parsed.GetValue(json),
                        output,
                        error,
                        cancellation
                    )
                    : await ManyAsync(range, Plan, Parallel(parsed.GetValue(parallel)), parsed.GetValue(json), output, error, cancellation);
            }
        );
        return command;
    }

    public static Command CreateNightly()
    {
        var seeds = new Option<string>("--seeds")
        {
            Description = "Run every seed from A to B",
            HelpName = "A..B",
            DefaultValueFactory = _ => "1..10000",
        };
        var json = JsonFlag();
        var parallel = ParallelFlag();
        var command = new Command("nightly") { seeds, json, parallel };
        command.Explain(
            $"""
            Simulate many clusters, with a different scenario and size for each seed

            Each run has {NightlyPlans.LeastCells} to {NightlyPlans.MostCells} cells.
            Load and faults last {NightlyPlans.LeastMinutes} to {NightlyPlans.MostMinutes} virtual minutes.

            Examples:
              ./scheduler simulate nightly
              ./scheduler simulate nightly --seeds 1..500 --json
              ./scheduler simulate nightly --seeds 4711..4711

            Exit code 1 if any run broke a rule; prints the commands that reproduce it.
            """
        );
        command.SetAction(
            (parsed, cancellation) =>
                ManyAsync(
                    SeedRange.Parse("--seeds", parsed.GetValue(seeds)!),
                    NightlyPlans.Of,
                    Parallel(parsed.GetValue(parallel)),
                    parsed.GetValue(json),
                    parsed.InvocationConfiguration.Output,
                    parsed.InvocationConfiguration.Error,
                    cancellation
                )
        );
        return command;
    }

    private static async Task<int> OneAsync(
        RunPlan plan,
        string? traceFile,
        int tries,
        bool json,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellation
    )
    {
        // Open before the run, so that an invalid name fails at once.
        await using var trace = traceFile is null ? null : Open("--trace", traceFile);
        var faults = new RecentFaults(trace);
        var outcome = await RunOneAsync(plan, faults.Tell, cancellation);
        if (json)
            output.WriteLine(outcome.ToJson());
        else
            RunTexts.Write(outcome, faults.Faults, traceFile, output);
        if (outcome.Holds)
            return ExitCodes.Ok;
        if (tries > 0)
            await ShrinkAsync(outcome, tries, json ? error : output, error, cancellation);
        return ExitCodes.Failed;
    }

    private static async Task ShrinkAsync(
        RunOutcome broken,
        int tries,
        TextWriter output,
        TextWriter progress,
        CancellationToken cancellation
    )
    {
        var shrinker = new Shrinker(broken, tries, plan => RunOneAsync(plan, null, cancellation), progress);
        await shrinker.ShrinkAsync();
        var smallest = shrinker.Smallest.Plan;
        if (smallest.Scenario.Faults.Count < broken.Plan.Scenario.Faults.Count)
        {
            smallest = smallest with { ScenarioName = $"shrunk-{smallest.Seed}.yaml" };
            await using var file = Open(smallest.ScenarioName, smallest.ScenarioName);
            await file.WriteAsync(ScenarioWriter.ToYaml(smallest.Scenario).AsMemory(), cancellation);
        }

        if (smallest == broken.Plan)
            output.WriteLine("no smaller run breaks the same rule");
        else
            RunTexts.WriteFailure(shrinker.Smallest with { Plan = smallest }, output);
    }

    private static async Task<RunOutcome> RunOneAsync(RunPlan plan, Action<string>? story, CancellationToken cancellation)
    {
        RunOutcome? outcome = null;
        await RunThreads.RunAsync(1, 1, _ => plan, ended => outcome = ended, story, cancellation);
        return outcome!;
    }

    private static async Task<int> ManyAsync(
        SeedRange seeds,
        Func<ulong, RunPlan> plan,
        int parallel,
        bool json,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellation
    )
    {
        var tally = new RunTally(seeds.Count);
        var runs = RunThreads.RunAsync(
            seeds.Count,
            parallel,
            i => plan(seeds.At(i)),
            outcome =>
            {
                tally.Add(outcome);
                if (json)
                    output.WriteLine(outcome.ToJson());
                // Report failures at once: a nightly run takes long to end, and may not end at all.
                else if (!outcome.Holds)
                    RunTexts.WriteFailure(outcome, error);
            },
            null,
            cancellation
        );
        while (await Task.WhenAny(runs, Task.Delay(ProgressInterval, CancellationToken.None)) != runs)
            error.WriteLine(tally.Progress);
        await runs;
        tally.Write(json ? error : output);
        return tally.Holds ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static StreamWriter Open(string flag, string file)
    {
        try
        {
            return new StreamWriter(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new DomainException(DomainError.Invalid(flag, $"cannot write {file}: {failure.Message}"), failure);
        }
    }

    private static int Parallel(int? given)
    {
        if (given is { } number)
            Within("--parallel", number, 1_024);
        return given ?? Environment.ProcessorCount;
    }

    private static void Within(string flag, int value, int most)
    {
        if (value < 1 || value > most)
            throw DomainError.Invalid(flag, $"must be from 1 to {most}, not {value}").ToException();
    }

    private static Option<bool> JsonFlag() =>
        new("--json") { Description = "Print one JSON object per seed as it ends; progress and summary go to stderr" };

    private static Option<int?> ParallelFlag() =>
        new("--parallel")
        {
            Description = "Number of parallel runs, each on its own thread (default: the number of processors)",
            HelpName = "N",
        };

    private static Option<int> Number(string name, string description, int fallback) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => fallback,
        };
}
