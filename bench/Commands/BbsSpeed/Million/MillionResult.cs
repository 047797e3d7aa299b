using System.Text.Json;
using Scheduler.Client.Output;
using static System.FormattableString;

namespace Scheduler.Bench.Commands.BbsSpeed.Million;

/// <summary>What a converger needed.</summary>
/// <param name="Took">From the start of its process until it knew all rows.</param>
/// <param name="Cpu">Its processor time until then.</param>
/// <param name="ResidentBytes">After some audits.</param>
/// <param name="Audit">Mean time of an audit.</param>
internal sealed record ConvergerPicture(TimeSpan Took, TimeSpan Cpu, long ResidentBytes, TimeSpan Audit);

/// <summary>Results of a run. Times of reads are in milliseconds and ascending.</summary>
internal sealed record MillionResult
{
    public required MillionOptions Options { get; init; }

    /// <summary>From the start of the process until it answered a read.</summary>
    public required TimeSpan ColdStart { get; init; }

    public required TimeSpan ColdStartCpu { get; init; }

    /// <summary>Memory of the active BBS when it began to serve.</summary>
    public required long LoadedBytes { get; init; }

    /// <summary>Memory of the active BBS after the reads and writes.</summary>
    public required long ServingBytes { get; init; }

    public required long StandbyBytes { get; init; }

    /// <summary>From the start of the standby's process until it had a copy of the state.</summary>
    public required TimeSpan StandbyCopy { get; init; }

    /// <summary>Reads of one LRP without any other load.</summary>
    public required IReadOnlyList<double> QuietReads { get; init; }

    /// <summary>Reads of one LRP during the writes.</summary>
    public required IReadOnlyList<double> Reads { get; init; }

    /// <summary>Times until the first page of a list during the writes, and until the last.</summary>
    public required IReadOnlyList<double> ListFirst { get; init; }

    public required IReadOnlyList<double> ListWhole { get; init; }

    /// <summary>LRPs changed per second.</summary>
    public required double WritesPerSecond { get; init; }

    public required ConvergerPicture Picture { get; init; }

    public required TimeSpan LockTtl { get; init; }

    /// <summary>From the kill of the active BBS until the standby answered a read.</summary>
    public required TimeSpan Takeover { get; init; }

    public string ToJson() =>
        JsonSerializer.Serialize(
            new
            {
                bench = "bbs-million",
                rows = Options.Rows,
                instances_per_process = Options.InstancesPerProcess,
                cells = Options.Cells,
                tls = Options.Tls,
                processors = Environment.ProcessorCount,
                cold_start_seconds = Round(ColdStart.TotalSeconds),
                cold_start_cpu_seconds = Round(ColdStartCpu.TotalSeconds),
                loaded_bytes = LoadedBytes,
                serving_bytes = ServingBytes,
                serving_bytes_per_row = ServingBytes / Options.Rows,
                standby_bytes = StandbyBytes,
                standby_copy_seconds = Round(StandbyCopy.TotalSeconds),
                writes_per_second = Round(WritesPerSecond),
                quiet_read_ms = Times.Json(QuietReads),
                read_ms = Times.Json(Reads),
                list_first_ms = Times.Json(ListFirst),
                list_whole_ms = Times.Json(ListWhole),
                converger_seconds = Round(Picture.Took.TotalSeconds),
                converger_cpu_seconds = Round(Picture.Cpu.TotalSeconds),
                converger_bytes = Picture.ResidentBytes,
                audit_seconds = Round(Picture.Audit.TotalSeconds),
                lock_ttl_seconds = Round(LockTtl.TotalSeconds),
                takeover_seconds = Round(Takeover.TotalSeconds),
            }
        );

    public string ToTable()
    {
        using var text = new StringWriter();
        var printer = new Printer(text, TextWriter.Null, json: false, TimeProvider.System);
        Line(
            $"{Options.Rows} instances of {Options.Processes} LRPs on {Options.Cells} cells, {(Options.Tls ? "mutual TLS" : "no TLS")}, {Environment.ProcessorCount} processors"
        );
        Line($"cold start: serves after {ColdStart.TotalSeconds:0.0} s and {ColdStartCpu.TotalSeconds:0.0} s of processor time");
        Line(
            $"memory: {Mib(LoadedBytes):0} MiB when loaded, {Mib(ServingBytes):0} MiB after reads and writes ({ServingBytes / Options.Rows} bytes an instance); the standby {Mib(StandbyBytes):0} MiB"
        );
        Line($"standby: has its copy after {StandbyCopy.TotalSeconds:0.0} s");
        Line(
            $"takeover: the standby serves {Takeover.TotalSeconds:0.0} s after the active BBS is killed, with --lock-ttl {LockTtl.TotalSeconds:0}s"
        );
        Line(
            $"converger: knows everything after {Picture.Took.TotalSeconds:0.0} s and {Picture.Cpu.TotalSeconds:0.0} s of processor time, {Mib(Picture.ResidentBytes):0} MiB; an audit takes {Picture.Audit.TotalSeconds:0.000} s"
        );
        Line($"writes: {WritesPerSecond:0} LRPs changed per second");
        Line($"");
        printer.Table(
            ["TIME", "COUNT", "P50 MS", "P99 MS", "MAX MS"],
            [
                Times.Row("read of an LRP, no writes", QuietReads),
                Times.Row("read of an LRP during writes", Reads),
                Times.Row($"first page of {FleetReads.ListRows} instances", ListFirst),
                Times.Row($"all of {FleetReads.ListRows} instances", ListWhole),
            ],
            figures: true
        );
        return text.ToString().TrimEnd();

        void Line(FormattableString line) => printer.Line(Invariant(line));
    }

    private static double Mib(long bytes) => bytes / 1048576.0;

    private static double Round(double figure) => Math.Round(figure, 4);
}
