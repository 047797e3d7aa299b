using System.Globalization;

namespace Scheduler.Simulation.Runs;

/// <summary>Formats the outcome of a run for people.</summary>
internal static class RunTexts
{
    // The stack trace of an exception fills pages; the full text is in the trace.
    private const int MostFactLines = 12;

    // One bug often breaks the same rule many times at once.
    private const int MostViolations = 5;

    /// <param name="faults">The last faults before the end.</param>
    public static void Write(RunOutcome outcome, IReadOnlyCollection<string> faults, string? trace, TextWriter output)
    {
        var plan = outcome.Plan;
        output.WriteLine(
            $"seed {plan.Seed}, scenario {plan.ScenarioName}, {plan.Cells} cells in {plan.Zones} zones, {plan.Minutes} minutes of load and faults"
        );
        if (outcome.Result is { } result)
        {
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{result.Events:N0} events, {Time(result.VirtualTime)} of virtual time in {Time(result.RealTime)}; trace hash {RunOutcome.Hash(result.TraceHash)}"
                )
            );
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{result.Faults:N0} faults injected; {result.Acknowledged:N0} writes acknowledged in {result.Commits:N0} commits; "
                        + $"{result.Messages:N0} messages"
                )
            );
        }

        if (trace is not null)
            output.WriteLine($"trace: {trace}");
        if (outcome.Holds)
        {
            output.WriteLine(
                "every rule held: no acknowledged write was lost, and after the faults the cluster converged to its desired state"
            );
            return;
        }

        if (faults.Count > 0)
        {
            output.WriteLine("last faults before the violation:");
            foreach (var fault in faults)
                output.WriteLine($"  {fault.Trim()}");
        }

        WriteFailure(outcome, output);
    }

    public static void WriteFailure(RunOutcome outcome, TextWriter output)
    {
        output.WriteLine($"seed {outcome.Plan.Seed} broke a rule:");
        foreach (var violation in outcome.Violations.Take(MostViolations))
        {
            output.WriteLine(
                $"  {(violation.At is { } at ? string.Create(CultureInfo.InvariantCulture, $"at {at.TotalSeconds:0.000} s: ") : "")}{violation.Rule}"
            );
            var lines = violation.What.Split('\n');
            foreach (var line in lines.Take(MostFactLines))
                output.WriteLine($"    {line.TrimEnd()}");
            if (lines.Length > MostFactLines)
                output.WriteLine($"    and {lines.Length - MostFactLines} more lines");
        }

        if (outcome.Violations.Count > MostViolations)
            output.WriteLine($"  and {outcome.Violations.Count - MostViolations} more at that time");
        output.WriteLine($"  reproduce: {outcome.Plan.Command}");
    }

    public static string Time(TimeSpan time) =>
        time.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours} h {time.Minutes} min")
        : time.TotalMinutes >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
