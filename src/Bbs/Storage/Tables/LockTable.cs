using System.Data.Common;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Contracts.Fields;

namespace Scheduler.Bbs.Storage.Tables;

internal sealed class LockTable : RowTable<string, LockRow>
{
    public override string Name => "locks";

    public override string Replace =>
        """
            REPLACE INTO locks
                (lock_key, owner, lock_value, ttl_ms)
            VALUES
            """;

    public override object?[] Values(LockRow row, PayloadCipher cipher) => [row.Key, row.Owner, row.Value, (long)row.TtlMs];

    public override string Delete => "DELETE FROM locks WHERE";

    public override IReadOnlyList<string> KeyColumns { get; } = ["lock_key"];

    public override string KeyOf(LockRow row) => row.Key;

    public override object?[] Values(string key) => [key];

    public override string Select =>
        """
            SELECT lock_key, owner, lock_value, ttl_ms
            FROM locks
            """;

    public override LockRow Read(DbDataReader reader, PayloadCipher cipher) =>
        new LockRow(reader.GetString(0), reader.GetString(1), reader.GetString(2), (uint)reader.GetInt64(3));

    public override void Check(LockRow row, ColumnRules rules)
    {
        rules.Key("lock.key", row.Key, FieldRules.Of("LockEntry.key"));
        rules.Check("lock.owner", row.Owner, FieldRules.Of("LockEntry.owner"));
        rules.Check("lock.value", row.Value, FieldRules.Of("LockEntry.value"));
    }
}
