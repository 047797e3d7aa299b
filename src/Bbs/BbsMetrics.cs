using System.Diagnostics.Metrics;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs;

/// <summary>Metrics of the BBS. Names are Diego's where an equivalent exists. Only the active node reports gauges of the state.</summary>
public sealed class BbsMetrics : IDisposable
{
    public const string MeterName = "Scheduler.Bbs";

    // The default maximum of a batch; a single command may exceed it.
    private static readonly InstrumentAdvice<int> UpTo1000 = new()
    {
        HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
    };
    private static readonly InstrumentAdvice<int> UpTo10000 = new()
    {
        HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
    };

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _commitDuration;
    private readonly Histogram<int> _batchCommands;
    private readonly Histogram<int> _batchRows;
    private readonly Histogram<double> _requestLatency;
    private readonly Histogram<double> _migrationDuration;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _elected;
    private readonly Counter<long> _rowsSetAside;
    private readonly Counter<long> _tasksStarted;
    private readonly Counter<long> _tasksSucceeded;
    private readonly Counter<long> _tasksFailed;
    private BbsNode? _node;

    public BbsMetrics()
    {
        _commitDuration = _meter.CreateHistogram<double>("CommitDuration", "s", "Time of one commit to the store");
        _batchCommands = _meter.CreateHistogram("BatchCommands", null, "Commands per commit", null, UpTo1000);
        _batchRows = _meter.CreateHistogram("BatchRows", null, "Rows changed per commit", null, UpTo10000);
        _requestLatency = _meter.CreateHistogram<double>("RequestLatency", "s", "Time of a unary call");
        _migrationDuration = _meter.CreateHistogram<double>(
            "MigrationDuration",
            "s",
            "Time of schema migration when the BBS becomes active"
        );
        _requests = _meter.CreateCounter<long>("RequestCount", null, "Calls, by method");
        _elected = _meter.CreateCounter<long>("BBSMasterElected", null, "Times that this BBS became active");
        _rowsSetAside = _meter.CreateCounter<long>(
            "StateRowsSetAside",
            null,
            "Rows of the store not served because they are inconsistent; the log names them"
        );
        _tasksStarted = _meter.CreateCounter<long>("TasksStarted", null, "Tasks started on a cell");
        _tasksSucceeded = _meter.CreateCounter<long>("TasksSucceeded", null, "Tasks that succeeded");
        _tasksFailed = _meter.CreateCounter<long>("TasksFailed", null, "Tasks that failed");
        CreateGauges();
    }

    public void Dispose() => _meter.Dispose();

    internal void Watch(BbsNode node) => _node = node;

    internal void Elected() => _elected.Add(1);

    internal void MigrationTook(TimeSpan duration) => _migrationDuration.Record(duration.TotalSeconds);

    internal void RowsSetAside(int count)
    {
        if (count > 0)
            _rowsSetAside.Add(count);
    }

    internal void CommitTook(TimeSpan duration) => _commitDuration.Record(duration.TotalSeconds);

    internal void Requested(string method, TimeSpan? took)
    {
        var tag = KeyValuePair.Create("method", (object?)method);
        _requests.Add(1, tag);
        if (took is { } latency)
            _requestLatency.Record(latency.TotalSeconds);
    }

    internal void BatchDone(int commands, int rows, IReadOnlyList<Event> events)
    {
        _batchCommands.Record(commands);
        _batchRows.Record(rows);
        foreach (var @event in events)
        {
            if (@event.PayloadCase == Event.PayloadOneofCase.TaskChanged)
                Count(@event.TaskChanged);
        }
    }

    private void Count(TaskChangedEvent change)
    {
        if (change.Before.State == change.After.State)
            return;
        if (change.After.State == OneOffTask.Types.State.Running)
            _tasksStarted.Add(1, KeyValuePair.Create("cell-id", (object?)change.After.CellId));
        if (change.After.State != OneOffTask.Types.State.Completed || change.Before.State == OneOffTask.Types.State.Resolving)
            return;
        (change.After.Failed ? _tasksFailed : _tasksSucceeded).Add(1, KeyValuePair.Create("cell-id", (object?)change.Before.CellId));
    }

    private void CreateGauges()
    {
        _meter.CreateObservableGauge("LockHeld", () => _node is { IsActive: true } ? 1 : 0, null, "1 if this BBS is active");
        _meter.CreateObservableGauge(
            "StandbyReady",
            () => _node is { HasCopy: true } ? 1 : 0,
            null,
            "1 if this BBS stands by with a copy of the state"
        );
        Gauge("LRPsDesired", state => state.Counts.DesiredInstances, "Desired instances of all LRPs");
        Gauge("LRPsUnclaimed", state => state.Counts.Lrps(LrpPresence.Ordinary, ActualLrpState.Unclaimed), "Instances waiting for a cell");
        Gauge(
            "LRPsClaimed",
            state => state.Counts.Lrps(LrpPresence.Ordinary, ActualLrpState.Claimed),
            "Instances that are starting on a cell"
        );
        Gauge("LRPsRunning", state => state.Counts.Lrps(LrpPresence.Ordinary, ActualLrpState.Running), "Running instances");
        Gauge(
            "CrashedActualLRPs",
            state => state.Counts.Lrps(LrpPresence.Ordinary, ActualLrpState.Crashed),
            "Crashed instances waiting for a restart"
        );
        Gauge("CrashingDesiredLRPs", state => state.Counts.CrashingProcesses, "LRPs with a crashed instance");
        Gauge(
            "SuspectRunningActualLRPs",
            state => state.Counts.Lrps(LrpPresence.Suspect, ActualLrpState.Running),
            "Running instances on cells that are absent"
        );
        Gauge(
            "SuspectClaimedActualLRPs",
            state => state.Counts.Lrps(LrpPresence.Suspect, ActualLrpState.Claimed),
            "Starting instances on cells that are absent"
        );
        Gauge("PresentCells", state => state.Cells.Count, "Cells that are present");
        Gauge(
            "SuspectCells",
            state => state.RowsByCell.Keys.Count(cell => !state.Cells.ContainsKey(cell)),
            "Absent cells that still own instances"
        );
        Gauge("TasksPending", state => state.Counts.Tasks(OneOffTask.Types.State.Pending), "Tasks waiting for a cell");
        Gauge("TasksRunning", state => state.Counts.Tasks(OneOffTask.Types.State.Running), "Running tasks");
        Gauge("TasksCompleted", state => state.Counts.Tasks(OneOffTask.Types.State.Completed), "Completed tasks waiting to be resolved");
        Gauge("TasksResolving", state => state.Counts.Tasks(OneOffTask.Types.State.Resolving), "Tasks being resolved");
        _meter.CreateObservableGauge(
            "CommandsWaiting",
            () => Term() is { } term ? [new Measurement<long>(term.Loop.Waiting)] : (IEnumerable<Measurement<long>>)[],
            null,
            "Commands waiting for the commit loop"
        );
        _meter.CreateObservableGauge("Domain", FreshDomains, null, "1 for each fresh domain");
    }

    private void Gauge(string name, Func<BbsState, long> value, string description) =>
        _meter.CreateObservableGauge(
            name,
            () => Term() is { } term ? [new Measurement<long>(value(term.State))] : (IEnumerable<Measurement<long>>)[],
            null,
            description
        );

    private IEnumerable<Measurement<int>> FreshDomains()
    {
        if (Term() is not { } term)
            yield break;
        foreach (var domain in term.State.Domains.Keys)
            yield return new Measurement<int>(1, KeyValuePair.Create("domain", (object?)domain));
    }

    private ActiveTerm? Term() => _node?.ActiveOrNull;
}
