using System.Data.Common;
using Google.Protobuf;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Contracts.Fields;

namespace Scheduler.Bbs.Storage.Tables;

/// <summary>Actual LRPs contain no secrets, so the payload of this most frequently written table is plain.</summary>
internal sealed class ActualLrpTable : RowTable<ActualLrpRowKey, ActualLRP>
{
    public override string Name => "actual_lrps";

    public override string Replace =>
        """
            REPLACE INTO actual_lrps
                (process_guid, instance_index, presence, domain, state, instance_guid, cell_id, since, payload)
            VALUES
            """;

    public override object?[] Values(ActualLRP row, PayloadCipher cipher) =>
        [
            row.ActualLrpKey.ProcessGuid,
            row.ActualLrpKey.Index,
            (int)row.Presence,
            row.ActualLrpKey.Domain,
            row.State,
            row.ActualLrpInstanceKey?.InstanceGuid ?? "",
            row.ActualLrpInstanceKey?.CellId ?? "",
            row.Since,
            row.ToByteArray(),
        ];

    public override string Delete => "DELETE FROM actual_lrps WHERE";

    public override IReadOnlyList<string> KeyColumns { get; } = ["process_guid", "instance_index", "presence"];

    public override ActualLrpRowKey KeyOf(ActualLRP row) =>
        new(row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index, (LrpPresence)row.Presence);

    public override object?[] Values(ActualLrpRowKey key) => [key.ProcessGuid, key.Index, (int)key.Presence];

    public override string Select =>
        """
            SELECT payload, process_guid, instance_index, presence
            FROM actual_lrps
            """;

    public override ActualLRP Read(DbDataReader reader, PayloadCipher cipher) => ActualLRP.Parser.ParseFrom(Bytes(reader, 0));

    public override void Check(ActualLRP row, ColumnRules rules)
    {
        rules.Key("actual_lrp.actual_lrp_key.process_guid", row.ActualLrpKey.ProcessGuid, FieldRules.Of("ActualLRPKey.process_guid"));
        rules.Check("actual_lrp.actual_lrp_key.domain", row.ActualLrpKey.Domain, FieldRules.Of("ActualLRPKey.domain"));
        rules.Check("actual_lrp.state", row.State, TextRule.Name);
        rules.Check(
            "actual_lrp.actual_lrp_instance_key.instance_guid",
            row.ActualLrpInstanceKey?.InstanceGuid ?? "",
            FieldRules.Of("ActualLRPInstanceKey.instance_guid")
        );
        rules.Check(
            "actual_lrp.actual_lrp_instance_key.cell_id",
            row.ActualLrpInstanceKey?.CellId ?? "",
            FieldRules.Of("ActualLRPInstanceKey.cell_id")
        );
    }
}
