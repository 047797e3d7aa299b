namespace Scheduler.Bbs.Storage.Tables;

/// <summary>One instance of each table.</summary>
internal static class AllTables
{
    public static readonly DesiredLrpTable DesiredLrps = new();
    public static readonly ActualLrpTable ActualLrps = new();
    public static readonly TaskTable Tasks = new();
    public static readonly DomainTable Domains = new();
    public static readonly CellTable Cells = new();
    public static readonly AbsentCellTable AbsentCells = new();
    public static readonly CellLossTable CellLoss = new();
    public static readonly LockTable Locks = new();

    public static readonly IReadOnlyList<string> Names =
    [
        DesiredLrps.Name,
        ActualLrps.Name,
        Tasks.Name,
        Domains.Name,
        Cells.Name,
        AbsentCells.Name,
        CellLoss.Name,
        Locks.Name,
    ];
}
