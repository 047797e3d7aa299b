using System.Data.Common;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Contracts.Fields;

namespace Scheduler.Bbs.Storage.Tables;

internal sealed class DomainTable : RowTable<string, DomainRow>
{
    public override string Name => "domains";

    public override string Replace =>
        """
            REPLACE INTO domains
                (domain, expires_at)
            VALUES
            """;

    public override object?[] Values(DomainRow row, PayloadCipher cipher) => [row.Domain, row.ExpiresAt];

    public override string Delete => "DELETE FROM domains WHERE";

    public override IReadOnlyList<string> KeyColumns { get; } = ["domain"];

    public override string KeyOf(DomainRow row) => row.Domain;

    public override object?[] Values(string key) => [key];

    public override string Select =>
        """
            SELECT domain, expires_at
            FROM domains
            """;

    public override DomainRow Read(DbDataReader reader, PayloadCipher cipher) => new DomainRow(reader.GetString(0), reader.GetInt64(1));

    public override void Check(DomainRow row, ColumnRules rules) =>
        rules.Key("domain", row.Domain, FieldRules.Of("UpsertDomainRequest.domain"));
}
