using System.Runtime.CompilerServices;

namespace Scheduler.Bbs.State;

/// <summary>Sums for metrics, updated with each change so that no one has to scan a million rows.</summary>
internal struct StateCounts
{
    /// <summary>Sum of the instances of all desired LRPs.</summary>
    public long DesiredInstances;

    /// <summary>Processes with an ORDINARY row that is CRASHED.</summary>
    public int CrashingProcesses;

    public int ActualLrps;

    private ByPresenceAndState _lrps;
    private ByTaskState _tasks;

    public readonly int Lrps(LrpPresence presence, ActualLrpState state) => _lrps[Slot(presence, state)];

    public readonly int Tasks(OneOffTask.Types.State state) => _tasks[(int)state];

    internal void Add(ActualLRP row, int sign)
    {
        _lrps[Slot(row.PresenceKind(), ActualLrpStateNames.Parse(row.State))] += sign;
        ActualLrps += sign;
    }

    internal void Add(OneOffTask task, int sign) => _tasks[(int)task.State] += sign;

    private static int Slot(LrpPresence presence, ActualLrpState state) => ((int)presence * 4) + (int)state;

    [InlineArray(12)]
    private struct ByPresenceAndState
    {
        private int _first;
    }

    [InlineArray(5)]
    private struct ByTaskState
    {
        private int _first;
    }
}
