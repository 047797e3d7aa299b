using System.Data.Common;
using Google.Protobuf;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Contracts.Fields;

namespace Scheduler.Bbs.Storage.Tables;

internal sealed class TaskTable : RowTable<string, OneOffTask>
{
    public override string Name => "tasks";

    public override string Replace =>
        """
            REPLACE INTO tasks
                (task_guid, domain, state, cell_id, created_at, updated_at, key_label, payload)
            VALUES
            """;

    public override object?[] Values(OneOffTask row, PayloadCipher cipher) =>
        [
            row.TaskGuid,
            row.Domain,
            (int)row.State,
            row.CellId,
            row.CreatedAt,
            row.UpdatedAt,
            cipher.ActiveLabel,
            cipher.Seal(row.ToByteArray(), Place(row.TaskGuid)),
        ];

    public override string Delete => "DELETE FROM tasks WHERE";

    public override IReadOnlyList<string> KeyColumns { get; } = ["task_guid"];

    public override string KeyOf(OneOffTask row) => row.TaskGuid;

    public override object?[] Values(string key) => [key];

    public override string Select =>
        """
            SELECT task_guid, payload
            FROM tasks
            """;

    public override OneOffTask Read(DbDataReader reader, PayloadCipher cipher) =>
        OneOffTask.Parser.ParseFrom(cipher.Open(Bytes(reader, 1), Place(reader.GetString(0))));

    public override void Check(OneOffTask row, ColumnRules rules)
    {
        rules.Key("task.task_guid", row.TaskGuid, FieldRules.Of("DesireTaskRequest.task_guid"));
        rules.Check("task.domain", row.Domain, FieldRules.Of("DesireTaskRequest.domain"));
        rules.Check("task.cell_id", row.CellId, FieldRules.Of("StartTaskRequest.cell_id"));
    }

    internal static string Place(string taskGuid) => $"task {taskGuid}";
}
