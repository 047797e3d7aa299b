using System.Globalization;
using System.Text.Json;
using Scheduler.Bench.Commands.Load;
using Scheduler.Client.Output;
using static System.FormattableString;

namespace Scheduler.Bench.Commands.CellLoss;

/// <summary>Measurements of one phase.</summary>
/// <param name="Probes">Milliseconds from submit to running of the probes submitted in the phase, ascending.</param>
/// <param name="Database">
/// The server's rates: the mean, and the highest of any ten seconds; null when the store has no counters.
/// </param>
internal sealed record PhaseFigures(double Seconds, IReadOnlyList<double> Probes, (DatabaseRate Mean, DatabaseRate Peak)? Database);

/// <summary>Results of a run.</summary>
internal sealed record CellLossResult
{
    public required CellLossOptions Options { get; init; }

    /// <summary>From the first desire call until everything runs.</summary>
    public required double SecondsToFill { get; init; }

    public required int MostOnOneCell { get; init; }

    /// <summary>
    /// The machine's load average at the kill and after the replacement; includes the system under test and everything else that ran.
    /// </summary>
    public required (double AtKill, double AfterReplacement) LoadAverages { get; init; }

    /// <summary>Instances that ran on the killed cells.</summary>
    public required int Lost { get; init; }

    /// <summary>Seconds from the kill to each cell's first SUSPECT row, ascending.</summary>
    public required IReadOnlyList<double> GivenUp { get; init; }

    /// <summary>Seconds from the kill until each replacement is RUNNING, ascending.</summary>
    public required IReadOnlyList<double> Replaced { get; init; }

    public required PhaseFigures Before { get; init; }

    /// <summary>From the kill to the first cell given up: the loss is not yet detected.</summary>
    public required PhaseFigures WaitingForExpiry { get; init; }

    /// <summary>From the first cell given up to the last replacement.</summary>
    public required PhaseFigures During { get; init; }

    public required PhaseFigures After { get; init; }

    /// <summary>Rate at which cells were given up, from the first to the last; 0 if there is only one.</summary>
    public double CellsPerSecond => GivenUp.Count < 2 ? 0 : (GivenUp.Count - 1) / (GivenUp[^1] - GivenUp[0]);

    /// <summary>Null when the store has no counters.</summary>
    public double? LoadRatio =>
        Before.Database is { } before && During.Database is { } during ? DatabaseRate.Ratio(during.Mean, before.Mean) : null;

    /// <summary>Null without enough probes.</summary>
    public double? LatencyRatio =>
        Before.Probes.Count > 0 && During.Probes.Count > 0 ? Percentile(During.Probes, 0.99) / Percentile(Before.Probes, 0.99) : null;

    /// <summary>As the objective requires: includes the time until expiry, in which the loss of the cells is not yet detected.</summary>
    public double? LatencyRatioSinceKill =>
        Before.Probes.Count > 0 && SinceKill.Count > 0 ? Percentile(SinceKill, 0.99) / Percentile(Before.Probes, 0.99) : null;

    /// <summary>The missed objectives, one sentence each.</summary>
    public IReadOnlyList<string> Missed
    {
        get
        {
            var missed = new List<string>();
            AtMost("seconds to replace all", Replaced.Count == 0 ? double.PositiveInfinity : Replaced[^1], Options.MaxSeconds);
            AtMost("cells given up per second", CellsPerSecond, Options.MaxCellsPerSecond);
            AtMost("ratio of database load", LoadRatio ?? double.NaN, Options.MaxLoadRatio);
            AtMost("ratio of p99 of submit -> running", LatencyRatioSinceKill ?? double.NaN, Options.MaxLatencyRatio);
            return missed;

            // A figure that could not be measured counts as missed.
            void AtMost(string what, double figure, double objective)
            {
                if (objective > 0 && !(figure <= objective))
                    missed.Add(string.Create(CultureInfo.InvariantCulture, $"{what}: {figure:0.00}, objective at most {objective}"));
            }
        }
    }

    private IReadOnlyList<double> SinceKill => [.. WaitingForExpiry.Probes.Concat(During.Probes).Order()];

    public string ToJson() =>
        JsonSerializer.Serialize(
            new
            {
                bench = "cell-loss",
                cells = Options.Cells,
                instances = Options.Instances,
                lrps = Options.Lrps,
                kill = Options.Kill,
                zones = Options.Zones,
                ttlSeconds = Options.Ttl.TotalSeconds,
                probesPerSecond = Options.Probes,
                deploysPerSecond = Options.Deploys,
                deployInstances = Options.DeployInstances,
                seed = Options.Seed,
                processors = Environment.ProcessorCount,
                loadAverages = new { atKill = LoadAverages.AtKill, afterReplacement = LoadAverages.AfterReplacement },
                secondsToFill = Round(SecondsToFill),
                mostOnOneCell = MostOnOneCell,
                instancesLost = Lost,
                replacedSeconds = new
                {
                    first = At(Replaced, 0),
                    p50 = At(Replaced, 0.5),
                    p99 = At(Replaced, 0.99),
                    last = At(Replaced, 1),
                },
                givenUp = new
                {
                    cells = GivenUp.Count,
                    firstSeconds = At(GivenUp, 0),
                    lastSeconds = At(GivenUp, 1),
                    cellsPerSecond = Round(CellsPerSecond),
                },
                before = Json(Before),
                waitingForExpiry = Json(WaitingForExpiry),
                during = Json(During),
                after = Json(After),
                loadRatio = Round(LoadRatio),
                latencyRatio = Round(LatencyRatio),
                latencyRatioSinceKill = Round(LatencyRatioSinceKill),
                missed = Missed,
            }
        );

    public string ToTable()
    {
        using var text = new StringWriter();
        var printer = new Printer(text, TextWriter.Null, json: false, TimeProvider.System);
        Line(
            $"{Options.Cells} cells, {Options.Instances} instances of {Options.Lrps} LRPs, filled in {SecondsToFill:0.0} s; at most {MostOnOneCell} on one cell"
        );
        Line(
            $"{Environment.ProcessorCount} processors; load average {LoadAverages.AtKill:0.0} at the kill, {LoadAverages.AfterReplacement:0.0} after the replacement"
        );
        Line($"killed {Options.Kill} cells with {Lost} instances; TTL {Options.Ttl.TotalSeconds} s");
        Line($"replaced (s after the kill): first {At(Replaced, 0):0.00}, half {At(Replaced, 0.5):0.00}, all {At(Replaced, 1):0.00}");
        Line(
            $"cells given up (s after the kill): first {At(GivenUp, 0):0.00}, last {At(GivenUp, 1):0.00}; {CellsPerSecond:0.00} per second"
        );
        Line($"");
        printer.Table(
            ["PHASE", "SECONDS", "PROBES", "P50 MS", "P99 MS", "MAX MS", "STMT/S", "COMMIT/S", "ROWS/S", "LOG KB/S", "PEAK ROWS/S"],
            [Row("before", Before), Row("waiting for expiry", WaitingForExpiry), Row("replacement", During), Row("after", After)],
            figures: true
        );
        Line($"");
        Line(
            $"replacement / before: database load {LoadRatio:0.00}, p99 of submit -> running {LatencyRatio:0.00} ({LatencyRatioSinceKill:0.00} since the kill)"
        );
        foreach (var missed in Missed)
            Line($"MISSED {missed}");
        return text.ToString().TrimEnd();

        void Line(FormattableString line) => printer.Line(Invariant(line));
    }

    private static string[] Row(string name, PhaseFigures phase) =>
        [
            name,
            Invariant($"{phase.Seconds:0.0}"),
            Invariant($"{phase.Probes.Count}"),
            Invariant($"{At(phase.Probes, 0.5):0}"),
            Invariant($"{At(phase.Probes, 0.99):0}"),
            Invariant($"{At(phase.Probes, 1):0}"),
            .. phase.Database is { Mean: var mean, Peak: var peak }
                ? (string[])
                    [
                        Invariant($"{mean.Statements:0}"),
                        Invariant($"{mean.Commits:0.0}"),
                        Invariant($"{mean.RowsWritten:0}"),
                        Invariant($"{mean.LogBytes / 1024:0}"),
                        Invariant($"{peak.RowsWritten:0}"),
                    ]
                : [],
        ];

    private static object Json(PhaseFigures phase) =>
        new
        {
            seconds = Round(phase.Seconds),
            probes = phase.Probes.Count,
            p50Ms = At(phase.Probes, 0.5),
            p99Ms = At(phase.Probes, 0.99),
            maxMs = At(phase.Probes, 1),
            database = phase.Database is { } database
                ? new { perSecond = Json(database.Mean), peakOfTenSeconds = Json(database.Peak) }
                : null,
        };

    private static object Json(DatabaseRate rate) =>
        new
        {
            statements = Round(rate.Statements),
            commits = Round(rate.Commits),
            rowsWritten = Round(rate.RowsWritten),
            logBytes = Round(rate.LogBytes),
        };

    private static double? At(IReadOnlyList<double> ordered, double share) => ordered.Count == 0 ? null : Round(Percentile(ordered, share));

    private static double Percentile(IReadOnlyList<double> ordered, double share) =>
        ordered[Math.Clamp((int)Math.Ceiling(share * ordered.Count) - 1, 0, ordered.Count - 1)];

    private static double? Round(double? figure) => figure is { } number ? Round(number) : null;

    private static double Round(double figure) => Math.Round(figure, 3);
}
