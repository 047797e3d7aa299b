using System.Diagnostics.Metrics;
using Scheduler.Converger.Rules;

namespace Scheduler.Converger;

/// <summary>What the converger did and saw. Names of Diego where they mean the same.</summary>
internal sealed class ConvergerMetrics : IDisposable
{
    public const string MeterName = "Scheduler.Converger";

    private readonly Meter _meter;
    private int _present;
    private int _unheard;
    private int _kept;
    private int _lossMode;
    private int _waiting;

    public ConvergerMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        Commands = _meter.CreateCounter<long>("ConvergenceCommands", description: "Commands that the BBS carried out, by kind.");
        Refused = _meter.CreateCounter<long>("ConvergenceCommandsRefused", description: "Commands that the BBS refused, by kind; mostly because they came too late.");
        NotDelivered = _meter.CreateCounter<long>("ConvergenceCommandsNotDelivered", description: "Commands that did not reach the BBS, or of which that is not known.");
        Audits = _meter.CreateCounter<long>("ConvergenceLRPRuns", description: "Full audits.");
        AuditDuration = _meter.CreateHistogram<double>("ConvergenceLRPDuration", "s", "Time of a full audit.");
        Missed = _meter.CreateCounter<long>("ConvergenceMissed", description: "Commands that only an audit found: 0 unless there is a bug.");
        CellsLost = _meter.CreateCounter<long>("CellsLost", description: "Cells given up.");
        Contradictions = _meter.CreateCounter<long>("ConvergenceContradictions", description: "Rows that contradict themselves, each other or the contract, by kind; the log names them.");
        _meter.CreateObservableGauge("CellsPresent", () => Volatile.Read(ref _present), description: "Cells whose presence lives.");
        _meter.CreateObservableGauge("CellsUnheard", () => Volatile.Read(ref _unheard), description: "Cells that are absent and not given up.");
        _meter.CreateObservableGauge("CellsKept", () => Volatile.Read(ref _kept), description: "Those of them that an operator keeps.");
        _meter.CreateObservableGauge("CellLossPaced", () => Is(LossMode.Paced), description: "1 while so many cells are absent that they are given up one by one.");
        _meter.CreateObservableGauge("CellLossHeld", () => Is(LossMode.Held), description: "1 while cells are absent and none is given up: none is present, a new snapshot has begun, or it is not yet known how many go.");
        _meter.CreateObservableGauge("ConvergenceWaiting", () => Volatile.Read(ref _waiting), description: "Instances and tasks to be decided on, and commands to be sent.");
    }

    public Counter<long> Commands { get; }

    public Counter<long> Refused { get; }

    public Counter<long> NotDelivered { get; }

    public Counter<long> Audits { get; }

    public Histogram<double> AuditDuration { get; }

    public Counter<long> Missed { get; }

    public Counter<long> CellsLost { get; }

    public Counter<long> Contradictions { get; }

    public void Cells(int present, int unheard, int kept, LossMode mode)
    {
        Volatile.Write(ref _present, present);
        Volatile.Write(ref _unheard, unheard);
        Volatile.Write(ref _kept, kept);
        Volatile.Write(ref _lossMode, (int)mode);
    }

    public void Waiting(int count) => Volatile.Write(ref _waiting, count);

    private int Is(LossMode mode) => Volatile.Read(ref _lossMode) == (int)mode ? 1 : 0;

    public void Dispose() => _meter.Dispose();
}
