using Scheduler.Converger.Rules.Cells;
using Scheduler.Models;

namespace Scheduler.Converger.Model;

/// <summary>The BBS's records of absent cells: operators' decisions, and the stored report of how the cells are given up.</summary>
internal sealed class AbsenceBoard
{
    private readonly Dictionary<CellId, CellLossDecision> _decisions = [];
    private readonly HashSet<CellId> _lost = [];

    public IReadOnlyDictionary<CellId, CellLossDecision> Decisions => _decisions;

    /// <summary>The report that the BBS holds.</summary>
    public LossReport Told { get; set; }

    public bool IsToldLost(CellId cell) => _lost.Contains(cell);

    public void Put(CellId cell, CellLossDecision decision, bool lost)
    {
        _decisions[cell] = decision;
        if (lost)
            _lost.Add(cell);
        else
            _lost.Remove(cell);
    }

    public void Remove(CellId cell)
    {
        _decisions.Remove(cell);
        _lost.Remove(cell);
    }

    public void Clear()
    {
        _decisions.Clear();
        _lost.Clear();
        Told = default;
    }
}
