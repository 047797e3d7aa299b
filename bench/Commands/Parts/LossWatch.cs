using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.Parts;

/// <summary>Tracks the instances of killed cells. Owned by the board, which calls it under its lock.</summary>
internal sealed class LossWatch
{
    private readonly HashSet<string> _cells;
    private readonly HashSet<LrpKey> _unreplaced;
    private readonly Dictionary<string, long> _givenUp = [];
    private readonly List<long> _replaced = [];
    private readonly TimeProvider _time;

    public LossWatch(HashSet<string> cells, IEnumerable<LrpKey> lost, TimeProvider time)
    {
        (_cells, _unreplaced, _time) = (cells, [.. lost], time);
        Lost = _unreplaced.Count;
        KilledAt = time.GetTimestamp();
    }

    public long KilledAt { get; }

    /// <summary>Instances that ran on the cells.</summary>
    public int Lost { get; }

    public int Unreplaced => _unreplaced.Count;

    /// <summary>Seconds from the kill to the first SUSPECT row of each cell, ascending.</summary>
    public IReadOnlyList<double> GivenUpSeconds => Seconds(_givenUp.Values);

    /// <summary>Seconds from the kill until each replacement is RUNNING, ascending.</summary>
    public IReadOnlyList<double> ReplacedSeconds => Seconds(_replaced);

    public void Note(LrpKey key, InstanceBoard.Row row, ActualLRP.Types.Presence presence)
    {
        if (presence == ActualLRP.Types.Presence.Suspect && _cells.Contains(row.Cell))
            _givenUp.TryAdd(row.Cell, _time.GetTimestamp());
        if (presence == ActualLRP.Types.Presence.Ordinary && row.IsRunning && !_cells.Contains(row.Cell) && _unreplaced.Remove(key))
            _replaced.Add(_time.GetTimestamp());
    }

    private IReadOnlyList<double> Seconds(IEnumerable<long> moments) =>
        [.. moments.Order().Select(moment => _time.GetElapsedTime(KilledAt, moment).TotalSeconds)];
}
