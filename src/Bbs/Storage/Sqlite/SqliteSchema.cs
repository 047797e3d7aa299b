using Scheduler.Bbs.Storage.Sql;

namespace Scheduler.Bbs.Storage.Sqlite;

/// <summary>The schema for SQLite, with the same tables and columns as for MySQL. Names compare by bytes (BINARY).</summary>
internal static class SqliteSchema
{
    public static readonly IReadOnlyList<string> Bootstrap =
    [
        """
            CREATE TABLE IF NOT EXISTS bbs_lease (
                id INTEGER NOT NULL PRIMARY KEY,
                owner TEXT NOT NULL,
                leader_value TEXT NOT NULL,
                epoch INTEGER NOT NULL,
                expires_at INTEGER NOT NULL
            )
            """,
        """
            CREATE TABLE IF NOT EXISTS bbs_epoch (
                id INTEGER NOT NULL PRIMARY KEY,
                epoch INTEGER NOT NULL,
                revision INTEGER NOT NULL
            )
            """,
    ];

    public static readonly IReadOnlyList<string> Seed =
    [
        """
            INSERT OR IGNORE INTO bbs_lease
                (id, owner, leader_value, epoch, expires_at)
            VALUES
                (1, '', '', 0, 0)
            """,
        """
            INSERT OR IGNORE INTO bbs_epoch
                (id, epoch, revision)
            VALUES
                (1, 0, 0)
            """,
    ];

    public static readonly IReadOnlyList<Migration> Migrations =
    [
        new(
            1,
            "state of the cluster",
            [
                """
                CREATE TABLE desired_lrps (
                    process_guid TEXT NOT NULL PRIMARY KEY,
                    domain TEXT NOT NULL,
                    instances INTEGER NOT NULL,
                    key_label TEXT NOT NULL,
                    payload BLOB NOT NULL
                ) WITHOUT ROWID
                """,
                """
                CREATE TABLE actual_lrps (
                    process_guid TEXT NOT NULL,
                    instance_index INTEGER NOT NULL,
                    presence INTEGER NOT NULL,
                    domain TEXT NOT NULL,
                    state TEXT NOT NULL,
                    instance_guid TEXT NOT NULL,
                    cell_id TEXT NOT NULL,
                    since INTEGER NOT NULL,
                    payload BLOB NOT NULL,
                    PRIMARY KEY (process_guid, instance_index, presence)
                ) WITHOUT ROWID
                """,
                """
                CREATE TABLE tasks (
                    task_guid TEXT NOT NULL PRIMARY KEY,
                    domain TEXT NOT NULL,
                    state INTEGER NOT NULL,
                    cell_id TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    key_label TEXT NOT NULL,
                    payload BLOB NOT NULL
                ) WITHOUT ROWID
                """,
                """
                CREATE TABLE domains (
                    domain TEXT NOT NULL PRIMARY KEY,
                    expires_at INTEGER NOT NULL
                ) WITHOUT ROWID
                """,
                """
                CREATE TABLE cells (
                    cell_id TEXT NOT NULL PRIMARY KEY,
                    owner TEXT NOT NULL,
                    ttl_ms INTEGER NOT NULL,
                    payload BLOB NOT NULL
                ) WITHOUT ROWID
                """,
                """
                CREATE TABLE locks (
                    lock_key TEXT NOT NULL PRIMARY KEY,
                    owner TEXT NOT NULL,
                    lock_value TEXT NOT NULL,
                    ttl_ms INTEGER NOT NULL
                ) WITHOUT ROWID
                """,
            ]
        ),
        new(
            2,
            "absent cells",
            [
                """
                CREATE TABLE absent_cells (
                    cell_id TEXT NOT NULL PRIMARY KEY,
                    since INTEGER NOT NULL,
                    payload BLOB NOT NULL
                ) WITHOUT ROWID
                """,
                """
                CREATE TABLE cell_loss (
                    scope TEXT NOT NULL PRIMARY KEY,
                    payload BLOB NOT NULL
                ) WITHOUT ROWID
                """,
            ]
        ),
        new(
            3,
            "journal of changed rows",
            [
                """
                CREATE TABLE changed_rows (
                    revision INTEGER NOT NULL PRIMARY KEY,
                    changed BLOB NOT NULL
                )
                """,
            ]
        ),
    ];
}
