using System.Data.Common;
using Google.Protobuf;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Contracts.Fields;

namespace Scheduler.Bbs.Storage.Tables;

internal sealed class DesiredLrpTable : RowTable<string, DesiredLRP>
{
    public override string Name => "desired_lrps";

    public override string Replace =>
        """
            REPLACE INTO desired_lrps
                (process_guid, domain, instances, key_label, payload)
            VALUES
            """;

    public override object?[] Values(DesiredLRP row, PayloadCipher cipher) =>
        [row.ProcessGuid, row.Domain, row.Instances, cipher.ActiveLabel, cipher.Seal(row.ToByteArray(), Place(row.ProcessGuid))];

    public override string Delete => "DELETE FROM desired_lrps WHERE";

    public override IReadOnlyList<string> KeyColumns { get; } = ["process_guid"];

    public override string KeyOf(DesiredLRP row) => row.ProcessGuid;

    public override object?[] Values(string key) => [key];

    public override string Select =>
        """
            SELECT process_guid, payload
            FROM desired_lrps
            """;

    public override DesiredLRP Read(DbDataReader reader, PayloadCipher cipher) =>
        DesiredLRP.Parser.ParseFrom(cipher.Open(Bytes(reader, 1), Place(reader.GetString(0))));

    public override void Check(DesiredLRP row, ColumnRules rules)
    {
        rules.Key("desired_lrp.process_guid", row.ProcessGuid, FieldRules.Of("DesiredLRP.process_guid"));
        rules.Check("desired_lrp.domain", row.Domain, FieldRules.Of("DesiredLRP.domain"));
    }

    internal static string Place(string processGuid) => $"desired LRP {processGuid}";
}
