namespace Scheduler.Bbs.Storage.Export;

/// <summary>Collects rows that are written together.</summary>
internal sealed class BatchBuilder
{
    private readonly List<DesiredLRP> _desiredLrps = [];
    private readonly List<ActualLRP> _actualLrps = [];
    private readonly List<OneOffTask> _tasks = [];
    private readonly List<DomainRow> _domains = [];
    private readonly List<CellRow> _cells = [];
    private readonly List<AbsentCell> _absentCells = [];
    private readonly List<CellLoss> _cellLosses = [];
    private readonly List<LockRow> _locks = [];

    public int Count { get; private set; }

    public void Add(DesiredLRP row) => Add(_desiredLrps, row);

    public void Add(ActualLRP row) => Add(_actualLrps, row);

    public void Add(OneOffTask row) => Add(_tasks, row);

    public void Add(ExportedDomain row) => Add(_domains, new DomainRow(row.Domain, row.ExpiresAt));

    public void Add(ExportedCell row) => Add(_cells, new CellRow(row.Presence, row.Owner, row.TtlMs));

    public void Add(AbsentCell row) => Add(_absentCells, row);

    public void Add(CellLoss row) => Add(_cellLosses, row);

    public void Add(ExportedLock row) => Add(_locks, new LockRow(row.Key, row.Owner, row.Value, row.TtlMs));

    public CommitBatch Build(long epoch, ulong revision) =>
        new()
        {
            Epoch = epoch,
            Revision = revision,
            DesiredLrps = new(_desiredLrps, []),
            ActualLrps = new(_actualLrps, []),
            Tasks = new(_tasks, []),
            Domains = new(_domains, []),
            Cells = new(_cells, []),
            AbsentCells = new(_absentCells, []),
            CellLoss = new(_cellLosses, []),
            Locks = new(_locks, []),
        };

    private void Add<T>(List<T> rows, T row)
    {
        rows.Add(row);
        Count++;
    }
}
