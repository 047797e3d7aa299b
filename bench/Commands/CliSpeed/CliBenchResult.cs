using System.Text.Json;
using Scheduler.Client.Output;
using static System.FormattableString;

namespace Scheduler.Bench.Commands.CliSpeed;

/// <summary>The runs of one program, in milliseconds.</summary>
internal sealed record CommandFigures(string Name, int Runs, double WallMedian, double WallWorst, double CpuMedian)
{
    /// <param name="times">At least one.</param>
    public static CommandFigures Of(string name, IReadOnlyList<ChildTimes> times) =>
        new(
            name,
            times.Count,
            Median(times.Select(one => one.Wall)),
            times.Max(one => one.Wall).TotalMilliseconds,
            Median(times.Select(one => one.Cpu))
        );

    private static double Median(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Select(one => one.TotalMilliseconds).Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>Results of a run.</summary>
/// <param name="Commands">The hello-world first.</param>
internal sealed record CliBenchResult(IReadOnlyList<CommandFigures> Commands)
{
    private CommandFigures Hello => Commands[0];

    public string ToJson() =>
        JsonSerializer.Serialize(
            new
            {
                bench = "cli",
                processors = Environment.ProcessorCount,
                commands = Commands.Select(figures => new
                {
                    name = figures.Name,
                    runs = figures.Runs,
                    wallMs = Round(figures.WallMedian),
                    worstMs = Round(figures.WallWorst),
                    cpuMs = Round(figures.CpuMedian),
                    wallToHello = Round(figures.WallMedian / Hello.WallMedian),
                    cpuToHello = Round(figures.CpuMedian / Hello.CpuMedian),
                }),
            }
        );

    public string ToTable()
    {
        using var text = new StringWriter();
        var printer = new Printer(text, TextWriter.Null, json: false, TimeProvider.System);
        printer.Line(Invariant($"medians of {Hello.Runs} runs; {Environment.ProcessorCount} processors"));
        printer.Table(
            ["COMMAND", "WALL MS", "WORST MS", "CPU MS", "WALL/HELLO", "CPU/HELLO"],
            [
                .. Commands.Select(figures =>
                    (string[])
                        [
                            figures.Name,
                            Invariant($"{figures.WallMedian:0.0}"),
                            Invariant($"{figures.WallWorst:0.0}"),
                            Invariant($"{figures.CpuMedian:0.0}"),
                            Invariant($"{figures.WallMedian / Hello.WallMedian:0.0}"),
                            Invariant($"{figures.CpuMedian / Hello.CpuMedian:0.0}"),
                        ]
                ),
            ],
            figures: true
        );
        return text.ToString().TrimEnd();
    }

    private static double Round(double figure) => Math.Round(figure, 2);
}
