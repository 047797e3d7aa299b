using System.Text.Json;
using Scheduler.Client.Output;
using static System.FormattableString;

namespace Scheduler.Bench.Commands.StoreSpeed;

/// <summary>The commits of one size.</summary>
/// <param name="Rows">Rows per commit.</param>
/// <param name="Milliseconds">Duration of each commit, ascending.</param>
/// <param name="CpuMilliseconds">
/// Total processor time of this process for the commits, without the database server's.
/// </param>
internal sealed record CommitFigures(int Rows, IReadOnlyList<double> Milliseconds, double CpuMilliseconds)
{
    public double CommitsPerSecond => Milliseconds.Count / (Milliseconds.Sum() / 1000);

    public double RowsPerSecond => CommitsPerSecond * Rows;

    public double CpuMicrosecondsPerRow => CpuMilliseconds * 1000 / ((double)Milliseconds.Count * Rows);

    public double P50 => At(0.5);

    public double P99 => At(0.99);

    private double At(double share) =>
        Milliseconds[Math.Clamp((int)Math.Ceiling(share * Milliseconds.Count) - 1, 0, Milliseconds.Count - 1)];
}

/// <summary>Results of a run.</summary>
/// <param name="Commits">One entry per size, in the order of the options.</param>
/// <param name="LoadMilliseconds">Duration of each load.</param>
internal sealed record StoreSpeedResult(
    StoreSpeedOptions Options,
    string Server,
    IReadOnlyList<CommitFigures> Commits,
    IReadOnlyList<double> LoadMilliseconds
)
{
    public string ToJson() =>
        JsonSerializer.Serialize(
            new
            {
                bench = "store",
                server = Server,
                processors = Environment.ProcessorCount,
                rounds = Options.Rounds,
                instances = Options.Instances,
                commits = Commits.Select(figures => new
                {
                    rows = figures.Rows,
                    commits = figures.Milliseconds.Count,
                    commitsPerSecond = Round(figures.CommitsPerSecond),
                    rowsPerSecond = Round(figures.RowsPerSecond),
                    p50Ms = Round(figures.P50),
                    p99Ms = Round(figures.P99),
                    cpuUsPerRow = Round(figures.CpuMicrosecondsPerRow),
                }),
                loadMs = LoadMilliseconds.Select(Round),
            }
        );

    public string ToTable()
    {
        using var text = new StringWriter();
        var printer = new Printer(text, TextWriter.Null, json: false, TimeProvider.System);
        printer.Line(Invariant($"{Server}; {Environment.ProcessorCount} processors; {Options.Instances} instances in the store"));
        printer.Table(
            ["ROWS", "COMMITS", "COMMITS/S", "ROWS/S", "P50 MS", "P99 MS", "CPU US/ROW"],
            [
                .. Commits.Select(figures =>
                    (string[])
                        [
                            Invariant($"{figures.Rows}"),
                            Invariant($"{figures.Milliseconds.Count}"),
                            Invariant($"{figures.CommitsPerSecond:0.0}"),
                            Invariant($"{figures.RowsPerSecond:0}"),
                            Invariant($"{figures.P50:0.00}"),
                            Invariant($"{figures.P99:0.00}"),
                            Invariant($"{figures.CpuMicrosecondsPerRow:0.0}"),
                        ]
                ),
            ],
            figures: true
        );
        if (LoadMilliseconds.Count > 0)
            printer.Line($"full loads (ms): {string.Join(", ", LoadMilliseconds.Select(time => Invariant($"{time:0}")))}");
        return text.ToString().TrimEnd();
    }

    private static double Round(double figure) => Math.Round(figure, 3);
}
