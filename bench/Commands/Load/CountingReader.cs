using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;

namespace Scheduler.Bench.Commands.Load;

/// <summary>Counts the LRPs that a load reads, and keeps nothing.</summary>
internal sealed class CountingReader : IStateReader
{
    public int ActualLrps { get; private set; }

    public int DesiredLrps { get; private set; }

    public void ActualLrp(ActualLRP row) => ActualLrps++;

    public void DesiredLrp(DesiredLRP row) => DesiredLrps++;

    public void Task(OneOffTask row) { }

    public void Domain(DomainRow row) { }

    public void Cell(CellRow row) { }

    public void AbsentCell(AbsentCell row) { }

    public void CellLoss(Contracts.V1.CellLoss row) { }

    public void Lock(LockRow row) { }
}
