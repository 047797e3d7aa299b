using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Scheduler.Simulation.Runs;

/// <summary>Outcome of one run, including one that crashed the simulation itself.</summary>
/// <param name="Result">Null if the run threw.</param>
/// <param name="Failure">The exception that the run threw, or null.</param>
internal sealed record RunOutcome(RunPlan Plan, ClusterRunResult? Result, Exception? Failure)
{
    public const string RunsRule = "the simulation runs";

    // Read by people and scripts, not by browsers: quotes and arrows need no escaping.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The first violations, in the order in which they were noticed.</summary>
    public IReadOnlyList<BrokenRule> Violations =>
        Failure is null
            ? [.. Result!.Violations.Select(violation => new BrokenRule(violation.At, violation.Rule, violation.What))]
            : [new BrokenRule(null, RunsRule, Failure.ToString())];

    public bool Holds => Failure is null && Result!.ViolationCount == 0;

    /// <summary>Serializes to one line.</summary>
    public string ToJson()
    {
        var violations = new JsonArray([
            .. Violations.Select(violation => new JsonObject
            {
                ["at_seconds"] = violation.At?.TotalSeconds,
                ["rule"] = violation.Rule,
                ["what"] = violation.What,
            }),
        ]);
        return new JsonObject
        {
            ["seed"] = Plan.Seed,
            ["scenario"] = Plan.ScenarioName,
            ["cells"] = Plan.Cells,
            ["zones"] = Plan.Zones,
            ["minutes"] = Plan.Minutes,
            ["trace_hash"] = Result is null ? null : Hash(Result.TraceHash),
            ["violations"] = violations,
            ["events"] = Result?.Events,
            ["messages"] = Result?.Messages,
            ["commits"] = Result?.Commits,
            ["faults"] = Result?.Faults,
            ["acknowledged"] = Result?.Acknowledged,
            ["virtual_seconds"] = Result?.VirtualTime.TotalSeconds,
            ["real_seconds"] = Result?.RealTime.TotalSeconds,
        }.ToJsonString(Readable);
    }

    /// <summary>As text: JSON numbers do not hold 64 bits everywhere.</summary>
    public static string Hash(ulong hash) => hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A broken rule.</summary>
/// <param name="At">When it was noticed; null if the run crashed before it could tell.</param>
/// <param name="What">The details.</param>
internal sealed record BrokenRule(TimeSpan? At, string Rule, string What);
