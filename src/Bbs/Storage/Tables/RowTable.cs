using System.Data.Common;
using Scheduler.Bbs.Storage.Encryption;

namespace Scheduler.Bbs.Storage.Tables;

/// <summary>How one kind of row is written and read. The payload is the truth; the columns beside it are for people and for WHERE.</summary>
internal abstract class RowTable<TKey, TRow>
{
    /// <summary>Everything up to VALUES. REPLACE means the same to MySQL, MariaDB and SQLite: these tables have no other key and no reference.</summary>
    public abstract string Replace { get; }

    /// <summary>Everything up to WHERE.</summary>
    public abstract string Delete { get; }

    /// <summary>The columns that the rows of WHERE are compared by.</summary>
    public abstract IReadOnlyList<string> KeyColumns { get; }

    /// <summary>Every row, in order of key.</summary>
    public abstract string Select { get; }

    /// <summary>The row's values, in the order of <see cref="Replace"/>.</summary>
    public abstract object?[] Values(TRow row, PayloadCipher cipher);

    /// <summary>The key's values, in the order of <see cref="KeyColumns"/>.</summary>
    public abstract object?[] Values(TKey key);

    /// <summary>Notes what does not fit its column.</summary>
    public abstract void Check(TRow row, ColumnRules rules);

    /// <summary>Reads one row of <see cref="Select"/>.</summary>
    public abstract void Read(DbDataReader reader, PayloadCipher cipher, IStateReader into);

    protected static byte[] Bytes(DbDataReader reader, int column) => reader.GetFieldValue<byte[]>(column);
}
