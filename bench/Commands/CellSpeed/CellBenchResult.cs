using System.Globalization;
using System.Text.Json;
using Scheduler.Client.Output;
using static System.FormattableString;

namespace Scheduler.Bench.Commands.CellSpeed;

/// <summary>Starts of one contestant.</summary>
internal sealed class Starts(string name)
{
    private readonly List<double> _milliseconds = [];

    public string Name => name;

    /// <summary>Time in which they all started, several at a time, without the time to prepare and remove them.</summary>
    public TimeSpan Took { get; set; }

    public int Count => _milliseconds.Count;

    public double P50 => At(0.5);

    public double P90 => At(0.9);

    public double PerSecond => Took > TimeSpan.Zero ? Count / Took.TotalSeconds : 0;

    public void Add(TimeSpan start)
    {
        lock (_milliseconds)
            _milliseconds.Add(start.TotalMilliseconds);
    }

    private double At(double share)
    {
        double[] sorted = [.. _milliseconds.Order()];
        return sorted.Length == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}

/// <summary>Results of a run; the first contestant is the driver, the second runc.</summary>
/// <param name="Alone">Starts one after another.</param>
/// <param name="Together">Starts several at a time.</param>
/// <param name="Bursts">Time until the last of a burst ran.</param>
internal sealed record CellBenchResult(
    CellBenchOptions Options,
    IReadOnlyList<Starts> Alone,
    IReadOnlyList<Starts> Together,
    IReadOnlyList<(string Name, TimeSpan Took)> Bursts
)
{
    private double Difference => Alone[0].P50 - Alone[1].P50;

    private double RateRatio => Together[0].PerSecond / Together[1].PerSecond;

    public string ToJson() =>
        JsonSerializer.Serialize(
            new
            {
                bench = "cell",
                processors = Environment.ProcessorCount,
                parallel = Options.Parallel,
                network = "driver: bridge, address, host port and rules; runc: joins a prepared namespace",
                alone = Alone.Select(starts => new
                {
                    name = starts.Name,
                    starts = starts.Count,
                    p50Ms = Round(starts.P50),
                    p90Ms = Round(starts.P90),
                }),
                p50OverRuncMs = Round(Difference),
                together = Together.Select(starts => new
                {
                    name = starts.Name,
                    starts = starts.Count,
                    p50Ms = Round(starts.P50),
                    p90Ms = Round(starts.P90),
                    perSecond = Round(starts.PerSecond),
                }),
                rateOfRunc = Math.Round(RateRatio, 3),
                burst = Options.Burst,
                bursts = Bursts.Select(burst => new { name = burst.Name, ms = Round(burst.Took.TotalMilliseconds) }),
            }
        );

    public string ToTable()
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var printer = new Printer(text, TextWriter.Null, json: false, TimeProvider.System);
        text.WriteLine("one at a time");
        Table(Alone);
        text.WriteLine(Invariant($"driver over runc, p50: {Difference:0.0} ms"));
        text.WriteLine(Invariant($"{Options.Parallel} at a time"));
        Table(Together);
        text.WriteLine(Invariant($"driver's rate: {RateRatio:0%} of runc's"));
        foreach (var (name, took) in Bursts)
            text.WriteLine(Invariant($"{Options.Burst} at once, {name}: all run after {took.TotalMilliseconds:0} ms"));
        return text.ToString().TrimEnd();

        void Table(IReadOnlyList<Starts> all) => printer.Table(["", "P50 MS", "P90 MS", "PER S"], [.. all.Select(Row)], figures: true);
    }

    private static string[] Row(Starts starts) =>
        [starts.Name, Invariant($"{starts.P50:0.0}"), Invariant($"{starts.P90:0.0}"), Invariant($"{starts.PerSecond:0.0}")];

    private static double Round(double figure) => Math.Round(figure, 1);
}
