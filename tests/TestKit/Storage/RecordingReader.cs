using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;

namespace Scheduler.Tests.TestKit.Storage;

/// <summary>Records the rows of a load, in order.</summary>
public sealed class RecordingReader : IStateReader
{
    public List<DesiredLRP> DesiredLrps { get; } = [];

    public List<ActualLRP> ActualLrps { get; } = [];

    public List<OneOffTask> Tasks { get; } = [];

    public List<DomainRow> Domains { get; } = [];

    public List<CellRow> Cells { get; } = [];

    public List<AbsentCell> AbsentCells { get; } = [];

    public List<CellLoss> CellLosses { get; } = [];

    public List<LockRow> Locks { get; } = [];

    public ulong Revision { get; private set; }

    public bool IsEmpty =>
        DesiredLrps.Count
            + ActualLrps.Count
            + Tasks.Count
            + Domains.Count
            + Cells.Count
            + AbsentCells.Count
            + CellLosses.Count
            + Locks.Count
        == 0;

    public static async Task<RecordingReader> LoadAsync(IBbsStore store, CancellationToken cancellationToken = default)
    {
        var reader = new RecordingReader();
        reader.Revision = await store.LoadAsync(reader, cancellationToken);
        return reader;
    }

    public void DesiredLrp(DesiredLRP row) => DesiredLrps.Add(row);

    public void ActualLrp(ActualLRP row) => ActualLrps.Add(row);

    public void Task(OneOffTask row) => Tasks.Add(row);

    public void Domain(DomainRow row) => Domains.Add(row);

    public void Cell(CellRow row) => Cells.Add(row);

    public void AbsentCell(AbsentCell row) => AbsentCells.Add(row);

    public void CellLoss(CellLoss row) => CellLosses.Add(row);

    public void Lock(LockRow row) => Locks.Add(row);
}
