using System.Globalization;
using Scheduler.Client.Output;
using Scheduler.Simulation.Fleet;

namespace Scheduler.Cli.Simulation;

/// <summary>Short human-readable summary of a run.</summary>
internal static class FleetSummary
{
    public static void Write(FleetResult result, string? report, TextWriter output)
    {
        var printer = new Printer(output, TextWriter.Null, json: false, TimeProvider.System);
        printer.Line(
            $"{result.Cells:N0} cells in {result.Zones} zones over {result.Hours} h, seed {result.Seed}: {result.Events:N0} events"
        );
        printer.Fields(
            ("arrived", $"{result.Work.Arrived:N0}  ({List(result.Arrivals)})"),
            ("placed", $"{result.Placements:N0}"),
            ("refused by cells", List(result.Refusals)),
            ("not placed", List(result.Failures)),
            ("tasks failed", List(result.TasksFailed)),
            ("at the end", $"{result.Work.Running:N0} running, {result.Work.Starting:N0} starting, {result.Work.Waiting:N0} waiting"),
            ("wait for placement", Waits(result.WaitMs)),
            ("wait until running", Waits(result.StartMs)),
            (
                "memory used",
                $"{Percent(result.Fill.MeanOverTime)} of a cell on average, at most {Percent(result.Fill.MeanHighest)}; standard deviation over cells {Percent(result.Fill.StddevMeanOverTime)}"
            ),
            (
                "zone imbalance",
                $"{Percent(result.ZoneImbalance.MemoryUsedMaxMinusMinMean)} of memory on average, "
                    + $"at most {Percent(result.ZoneImbalance.MemoryUsedMaxMinusMinMax)}"
            ),
            ("activity", List(result.Happenings)),
            ("invariant violations", result.InvariantViolations.Sum == 0 ? "0" : result.InvariantViolations.ToString())
        );
        if (report is not null)
            printer.Line($"charts: {report}");
    }

    private static string List(IReadOnlyDictionary<string, long> sums) =>
        sums.Count == 0 ? "0" : string.Join(", ", sums.Select(sum => $"{sum.Value:N0} {sum.Key}"));

    private static string Waits(WaitPercentiles waits) =>
        $"p50 {WaitPercentiles.Text(waits.P50)}, p90 {WaitPercentiles.Text(waits.P90)}, p99 {WaitPercentiles.Text(waits.P99)}, p99.9 {WaitPercentiles.Text(waits.P999)}, max {WaitPercentiles.Text(waits.Max)}";

    private static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{part * 100:0.0} %");
}
