using System.Globalization;
using System.Text;
using System.Text.Json;

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
    private static readonly int[] Widths = [6, 9, 11, 10, 9, 9, 12];

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
        var text = new StringBuilder();
        Line($"{Server}; {Environment.ProcessorCount} processors; {Options.Instances} instances in the store");
        text.AppendLine(TextColumns.Row(Widths, "ROWS", "COMMITS", "COMMITS/S", "ROWS/S", "P50 MS", "P99 MS", "CPU US/ROW"));
        foreach (var figures in Commits)
        {
            text.AppendLine(
                TextColumns.Row(
                    Widths,
                    figures.Rows,
                    figures.Milliseconds.Count,
                    (figures.CommitsPerSecond, "0.0"),
                    (figures.RowsPerSecond, "0"),
                    (figures.P50, "0.00"),
                    (figures.P99, "0.00"),
                    (figures.CpuMicrosecondsPerRow, "0.0")
                )
            );
        }

        if (LoadMilliseconds.Count > 0)
            Line(
                $"full loads (ms): {string.Join(", ", LoadMilliseconds.Select(time => time.ToString("0", CultureInfo.InvariantCulture)))}"
            );
        return text.ToString().TrimEnd();

        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }

    private static double Round(double figure) => Math.Round(figure, 3);
}
