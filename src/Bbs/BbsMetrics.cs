using System.Diagnostics.Metrics;

namespace Scheduler.Bbs;

/// <summary>What the BBS measures of itself. Names are Diego's where the thing is.</summary>
public sealed class BbsMetrics : IDisposable
{
    public const string MeterName = "Scheduler.Bbs";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _commitDuration;
    private readonly Histogram<int> _batchCommands;
    private readonly Histogram<int> _batchRows;

    public BbsMetrics()
    {
        _commitDuration = _meter.CreateHistogram<double>("CommitDuration", "s", "Time that one commit to the store took");
        _batchCommands = _meter.CreateHistogram<int>("BatchCommands", null, "Commands in one batch");
        _batchRows = _meter.CreateHistogram<int>("BatchRows", null, "Rows that one batch changed");
    }

    public void Dispose() => _meter.Dispose();

    internal void CommitTook(TimeSpan duration) => _commitDuration.Record(duration.TotalSeconds);

    internal void BatchDone(int commands, int rows)
    {
        _batchCommands.Record(commands);
        _batchRows.Record(rows);
    }
}
