using System.Diagnostics.Metrics;
using Scheduler.Converger.Rules.Cells;

namespace Scheduler.Converger;

/// <summary>The converger's metrics. They keep Diego's names where the meaning is the same.</summary>
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
        Commands = _meter.CreateCounter<long>("ConvergenceCommands", description: "Convergence commands applied by the BBS, by kind");
        Refused = _meter.CreateCounter<long>(
            "ConvergenceCommandsRefused",
            description: "Convergence commands refused by the BBS, by kind; usually because the state had changed"
        );
        NotDelivered = _meter.CreateCounter<long>(
            "ConvergenceCommandsNotDelivered",
            description: "Convergence commands that failed to reach the BBS or whose outcome is unknown"
        );
        Audits = _meter.CreateCounter<long>("ConvergenceLRPRuns", description: "Full audits of the state");
        AuditDuration = _meter.CreateHistogram<double>("ConvergenceLRPDuration", "s", "Time of a full audit");
        Missed = _meter.CreateCounter<long>(
            "ConvergenceMissed",
            description: "Convergence commands found only by an audit; above 0 indicates a bug"
        );
        CellsLost = _meter.CreateCounter<long>("CellsLost", description: "Cells declared lost");
        Contradictions = _meter.CreateCounter<long>(
            "ConvergenceContradictions",
            description: "Inconsistent rows received from the BBS, by kind; the log names them"
        );
        _meter.CreateObservableGauge("CellsPresent", () => Volatile.Read(ref _present), description: "Cells that are present");
        _meter.CreateObservableGauge(
            "CellsUnheard",
            () => Volatile.Read(ref _unheard),
            description: "Cells that are absent but not declared lost"
        );
        _meter.CreateObservableGauge(
            "CellsKept",
            () => Volatile.Read(ref _kept),
            description: "Absent cells that an operator keeps from being declared lost"
        );
        _meter.CreateObservableGauge(
            "CellLossPaced",
            () => Is(LossMode.Paced),
            description: "1 while so many cells are absent that they are declared lost at a limited rate"
        );
        _meter.CreateObservableGauge(
            "CellLossHeld",
            () => Is(LossMode.Held),
            description: "1 while no absent cell is declared lost: no cell is present, a snapshot just began, or further losses are expected"
        );
        _meter.CreateObservableGauge(
            "ConvergenceWaiting",
            () => Volatile.Read(ref _waiting),
            description: "Instances and tasks waiting for a decision, and commands waiting to be sent"
        );
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
