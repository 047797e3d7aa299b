using System.Data.Common;
using Scheduler.Bbs.Storage.Encryption;

namespace Scheduler.Bbs.Storage.Tables;

/// <summary>
/// Reads and writes one kind of row. The payload is authoritative; the other columns are for people and for WHERE clauses.
/// </summary>
internal abstract class RowTable<TKey, TRow>
{
    public abstract string Name { get; }

    /// <summary>
    /// The statement up to VALUES. REPLACE means the same in MySQL, MariaDB and SQLite, because these tables have no other keys and no
    /// references.
    /// </summary>
    public abstract string Replace { get; }

    /// <summary>The statement up to WHERE.</summary>
    public abstract string Delete { get; }

    /// <summary>The columns compared in the WHERE clause.</summary>
    public abstract IReadOnlyList<string> KeyColumns { get; }

    public abstract TKey KeyOf(TRow row);

    /// <summary>The statement up to WHERE or ORDER BY.</summary>
    public abstract string Select { get; }

    /// <summary>Selects every row, in key order.</summary>
    public string SelectAll => $"{Select} ORDER BY {string.Join(", ", KeyColumns)}";

    /// <summary>The row's values, in the order of <see cref="Replace"/>.</summary>
    public abstract object?[] Values(TRow row, PayloadCipher cipher);

    /// <summary>The key's values, in the order of <see cref="KeyColumns"/>.</summary>
    public abstract object?[] Values(TKey key);

    /// <summary>Records the values that do not fit their columns.</summary>
    public abstract void Check(TRow row, ColumnRules rules);

    /// <summary>Reads one row of <see cref="Select"/>.</summary>
    public abstract TRow Read(DbDataReader reader, PayloadCipher cipher);

    protected static byte[] Bytes(DbDataReader reader, int column) => reader.GetFieldValue<byte[]>(column);
}
