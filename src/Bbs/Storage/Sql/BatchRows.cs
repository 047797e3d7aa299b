using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Tables;

namespace Scheduler.Bbs.Storage.Sql;

/// <summary>A batch as parameter values: checked, serialized and encrypted once, however often its transaction is retried.</summary>
internal sealed class BatchRows
{
    private readonly List<TableRows> _tables = [];

    private BatchRows() { }

    public IReadOnlyList<TableRows> Tables => _tables;

    /// <exception cref="DomainException">A value does not fit its column.</exception>
    public static BatchRows From(CommitBatch batch, PayloadCipher cipher)
    {
        var rows = new BatchRows();
        var rules = new ColumnRules();
        rows.Add(AllTables.DesiredLrps, batch.DesiredLrps, rules, cipher);
        rows.Add(AllTables.ActualLrps, batch.ActualLrps, rules, cipher);
        rows.Add(AllTables.Tasks, batch.Tasks, rules, cipher);
        rows.Add(AllTables.Domains, batch.Domains, rules, cipher);
        rows.Add(AllTables.Cells, batch.Cells, rules, cipher);
        rows.Add(AllTables.AbsentCells, batch.AbsentCells, rules, cipher);
        rows.Add(AllTables.CellLoss, batch.CellLoss, rules, cipher);
        rows.Add(AllTables.Locks, batch.Locks, rules, cipher);
        rules.Throw();
        return rows;
    }

    private void Add<TKey, TRow>(RowTable<TKey, TRow> table, RowChanges<TKey, TRow> changes, ColumnRules rules, PayloadCipher cipher)
    {
        if (changes.IsEmpty)
            return;
        var upserts = new object?[changes.Upserts.Count][];
        for (var i = 0; i < upserts.Length; i++)
        {
            table.Check(changes.Upserts[i], rules);
            upserts[i] = table.Values(changes.Upserts[i], cipher);
        }
        var deletes = new object?[changes.Deletes.Count][];
        for (var i = 0; i < deletes.Length; i++)
            deletes[i] = table.Values(changes.Deletes[i]);
        _tables.Add(new TableRows(table.Replace, upserts, table.Delete, table.KeyColumns, deletes));
    }
}

/// <summary>The rows of one table in a batch.</summary>
internal sealed record TableRows(string Replace, object?[][] Upserts, string Delete, IReadOnlyList<string> KeyColumns, object?[][] Deletes);
