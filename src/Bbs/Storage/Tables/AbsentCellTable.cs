using System.Data.Common;
using Google.Protobuf;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Contracts.Fields;

namespace Scheduler.Bbs.Storage.Tables;

internal sealed class AbsentCellTable : RowTable<string, AbsentCell>
{
    public override string Name => "absent_cells";

    public override string Replace =>
        """
            REPLACE INTO absent_cells
                (cell_id, since, payload)
            VALUES
            """;

    public override object?[] Values(AbsentCell row, PayloadCipher cipher) => [row.CellId, row.Since, row.ToByteArray()];

    public override string Delete => "DELETE FROM absent_cells WHERE";

    public override IReadOnlyList<string> KeyColumns { get; } = ["cell_id"];

    public override string KeyOf(AbsentCell row) => row.CellId;

    public override object?[] Values(string key) => [key];

    public override string Select =>
        """
            SELECT payload
            FROM absent_cells
            """;

    public override AbsentCell Read(DbDataReader reader, PayloadCipher cipher) => AbsentCell.Parser.ParseFrom(Bytes(reader, 0));

    public override void Check(AbsentCell row, ColumnRules rules) =>
        rules.Key("absent_cell.cell_id", row.CellId, FieldRules.Of("AbsentCell.cell_id"));
}
