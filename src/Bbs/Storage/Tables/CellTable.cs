using System.Data.Common;
using Google.Protobuf;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Contracts.Fields;

namespace Scheduler.Bbs.Storage.Tables;

internal sealed class CellTable : RowTable<string, CellRow>
{
    public override string Name => "cells";

    public override string Replace =>
        """
            REPLACE INTO cells
                (cell_id, owner, ttl_ms, payload)
            VALUES
            """;

    public override object?[] Values(CellRow row, PayloadCipher cipher) =>
        [row.CellId, row.Owner, (long)row.TtlMs, row.Presence.ToByteArray()];

    public override string Delete => "DELETE FROM cells WHERE";

    public override IReadOnlyList<string> KeyColumns { get; } = ["cell_id"];

    public override string KeyOf(CellRow row) => row.CellId;

    public override object?[] Values(string key) => [key];

    public override string Select =>
        """
            SELECT owner, ttl_ms, payload, cell_id
            FROM cells
            """;

    public override CellRow Read(DbDataReader reader, PayloadCipher cipher) =>
        new CellRow(CellPresence.Parser.ParseFrom(Bytes(reader, 2)), reader.GetString(0), (uint)reader.GetInt64(1));

    public override void Check(CellRow row, ColumnRules rules)
    {
        rules.Key("presence.cell_id", row.CellId, FieldRules.Of("CellPresence.cell_id"));
        rules.Check("owner", row.Owner, FieldRules.Of("AnnounceCellRequest.owner"));
    }
}
