using System.Text.Json;
using Scheduler.Client.Output;
using static System.FormattableString;

namespace Scheduler.Bench.Commands.BbsSpeed;

/// <summary>What one process used in a phase.</summary>
/// <param name="ResidentBytes">At the end of the phase.</param>
internal sealed record PartUsage(string Name, TimeSpan Cpu, long ResidentBytes)
{
    public bool IsCells => Name.StartsWith("cell-", StringComparison.Ordinal);
}

/// <summary>From the first call of a phase until all of its work runs or has ended.</summary>
/// <param name="Count">Instances or tasks.</param>
/// <param name="Database">The server's counters in the phase; null when the store has none.</param>
internal sealed record PhaseResult(int Count, TimeSpan Took, IReadOnlyList<PartUsage> Parts, (double Statements, double Commits)? Database)
{
    public double PerSecond => Count / Took.TotalSeconds;

    /// <summary>Of everything but the simulated cells.</summary>
    public double CpuMsEach => Parts.Where(part => !part.IsCells).Sum(part => part.Cpu.TotalMilliseconds) / Math.Max(1, Count);
}

/// <summary>Results of a run. Times are in milliseconds and ascending.</summary>
internal sealed record BbsBenchResult
{
    public required BbsBenchOptions Options { get; init; }

    public required PhaseResult Fill { get; init; }

    /// <summary>Of each LRP, from the call that desires it until all of its instances run.</summary>
    public required IReadOnlyList<double> SubmitToRunning { get; init; }

    /// <summary>Reads of one desired LRP while the LRPs were desired.</summary>
    public required IReadOnlyList<double> Reads { get; init; }

    /// <summary>Instances that began to run more than once.</summary>
    public required int RepeatedStarts { get; init; }

    /// <summary>Time until the first page of all actual LRPs, and until the last.</summary>
    public required IReadOnlyList<double> ListFirst { get; init; }

    public required IReadOnlyList<double> ListWhole { get; init; }

    public PhaseResult? Tasks { get; init; }

    public int FailedTasks { get; init; }

    /// <summary>Of each LRP of the steady load.</summary>
    public IReadOnlyList<double> Steady { get; init; } = [];

    public PhaseResult? Idle { get; init; }

    public required double LoadAverage { get; init; }

    public string ToJson() =>
        JsonSerializer.Serialize(
            new
            {
                bench = "bbs",
                lrps = Options.Lrps,
                instances_per_process = Options.InstancesPerProcess,
                cells = Options.Cells,
                concurrency = Options.Concurrency,
                tls = Options.Tls,
                beside = Options.Beside,
                seed = Options.Seed,
                processors = Environment.ProcessorCount,
                load_average = LoadAverage,
                instances_per_second = Round(Fill.PerSecond),
                seconds = Round(Fill.Took.TotalSeconds),
                repeated_starts = RepeatedStarts,
                submit_to_running_ms = Times.Json(SubmitToRunning),
                read_ms = Times.Json(Reads),
                list_first_ms = Times.Json(ListFirst),
                list_whole_ms = Times.Json(ListWhole),
                cpu_ms_per_instance = Round(Fill.CpuMsEach),
                statements_per_instance = Round(Fill.Database?.Statements / Fill.Count),
                commits_per_instance = Round(Fill.Database?.Commits / Fill.Count),
                parts = Json(Fill),
                tasks = Tasks is { } tasks
                    ? new
                    {
                        count = tasks.Count,
                        failed = FailedTasks,
                        per_second = Round(tasks.PerSecond),
                        cpu_ms_per_task = Round(tasks.CpuMsEach),
                        parts = Json(tasks),
                    }
                    : null,
                steady_ms = Steady.Count > 0 ? Times.Json(Steady) : null,
                idle = Idle is { } idle
                    ? new
                    {
                        seconds = Round(idle.Took.TotalSeconds),
                        cores = Round(CoresOf(idle)),
                        statements_per_second = Round(idle.Database?.Statements / idle.Took.TotalSeconds),
                        parts = Json(idle),
                    }
                    : null,
            }
        );

    public string ToTable()
    {
        using var text = new StringWriter();
        var printer = new Printer(text, TextWriter.Null, json: false, TimeProvider.System);
        Line(
            $"{Options.Lrps} LRPs of {Options.InstancesPerProcess} on {Options.Cells} cells, {(Options.Tls ? "mutual TLS" : "no TLS")}, {Environment.ProcessorCount} processors, load average {LoadAverage:0.0}"
        );
        Line(
            $"{Fill.PerSecond:0} instances/s; all {Fill.Count} run after {Fill.Took.TotalSeconds:0.0} s; {RepeatedStarts} began to run more than once"
        );
        Line(
            $"{Fill.CpuMsEach:0.000} ms of processor time, {Fill.Database?.Statements / Fill.Count:0.000} statements and {Fill.Database?.Commits / Fill.Count:0.0000} commits per instance, cells not included"
        );
        if (Tasks is { } tasks)
            Line($"{tasks.PerSecond:0} tasks/s; {tasks.CpuMsEach:0.000} ms of processor time per task; {FailedTasks} failed");
        if (Idle is { } idle)
            Line(
                $"idle: {100 * CoresOf(idle):0.0} % of a processor without the cells, {idle.Database?.Statements / idle.Took.TotalSeconds:0.0} statements/s"
            );
        Line($"");
        printer.Table(
            ["TIME", "COUNT", "P50 MS", "P99 MS", "MAX MS"],
            [
                Times.Row("submit -> running", SubmitToRunning),
                Times.Row("read of an LRP meanwhile", Reads),
                Times.Row("first page of a list", ListFirst),
                Times.Row("whole list", ListWhole),
                .. Steady.Count > 0 ? (string[][])[Times.Row("steady: submit -> running", Steady)] : [],
            ],
            figures: true
        );
        Line($"");
        printer.Table(
            ["PART", "CPU S", "RSS MB"],
            [
                .. Fill.Parts.Select(part =>
                    new[] { part.Name, Invariant($"{part.Cpu.TotalSeconds:0.00}"), Invariant($"{part.ResidentBytes / 1048576.0:0}") }
                ),
            ],
            figures: true
        );
        return text.ToString().TrimEnd();

        void Line(FormattableString line) => printer.Line(Invariant(line));
    }

    private static double CoresOf(PhaseResult phase) =>
        phase.Parts.Where(part => !part.IsCells).Sum(part => part.Cpu.TotalSeconds) / phase.Took.TotalSeconds;

    private static object Json(PhaseResult phase) =>
        phase.Parts.Select(part => new
        {
            name = part.Name,
            cpu_seconds = Round(part.Cpu.TotalSeconds),
            rss_mb = Round(part.ResidentBytes / 1048576.0),
        });

    private static double? Round(double? figure) => figure is { } number ? Math.Round(number, 4) : null;
}
