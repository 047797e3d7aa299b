using System.Data.Common;
using Google.Protobuf;
using Scheduler.Bbs.Storage.Encryption;

namespace Scheduler.Bbs.Storage.Tables;

/// <summary>A table with at most one row.</summary>
internal sealed class CellLossTable : RowTable<string, CellLoss>
{
    public override string Name => "cell_loss";

    public override string Replace =>
        """
            REPLACE INTO cell_loss
                (scope, payload)
            VALUES
            """;

    public override object?[] Values(CellLoss row, PayloadCipher cipher) => [CellLossKey.Fleet, row.ToByteArray()];

    public override string Delete => "DELETE FROM cell_loss WHERE";

    public override IReadOnlyList<string> KeyColumns { get; } = ["scope"];

    public override string KeyOf(CellLoss row) => CellLossKey.Fleet;

    public override object?[] Values(string key) => [key];

    public override string Select =>
        """
            SELECT payload
            FROM cell_loss
            """;

    public override CellLoss Read(DbDataReader reader, PayloadCipher cipher) => CellLoss.Parser.ParseFrom(Bytes(reader, 0));

    public override void Check(CellLoss row, ColumnRules rules)
    {
        // Only numbers, so there is nothing to check.
    }
}
