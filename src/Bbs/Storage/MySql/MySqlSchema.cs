using Scheduler.Bbs.Storage.Sql;

namespace Scheduler.Bbs.Storage.MySql;

/// <summary>The schema for MySQL, with the same tables and columns as for SQLite. Names compare by code point (utf8mb4_bin).</summary>
internal static class MySqlSchema
{
    public static readonly IReadOnlyList<string> Bootstrap =
    [
        """
            CREATE TABLE IF NOT EXISTS bbs_lease (
                id TINYINT NOT NULL PRIMARY KEY,
                owner VARCHAR(255) NOT NULL,
                leader_value VARCHAR(4096) NOT NULL,
                epoch BIGINT NOT NULL,
                expires_at BIGINT NOT NULL
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
            """,
        """
            CREATE TABLE IF NOT EXISTS bbs_epoch (
                id TINYINT NOT NULL PRIMARY KEY,
                epoch BIGINT NOT NULL,
                revision BIGINT NOT NULL
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
            """,
    ];

    public static readonly IReadOnlyList<string> Seed =
    [
        """
            INSERT IGNORE INTO bbs_lease
                (id, owner, leader_value, epoch, expires_at)
            VALUES
                (1, '', '', 0, 0)
            """,
        """
            INSERT IGNORE INTO bbs_epoch
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
                CREATE TABLE IF NOT EXISTS desired_lrps (
                    process_guid VARCHAR(255) NOT NULL PRIMARY KEY,
                    domain VARCHAR(255) NOT NULL,
                    instances INT NOT NULL,
                    key_label VARCHAR(255) NOT NULL,
                    payload LONGBLOB NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
                """,
                """
                CREATE TABLE IF NOT EXISTS actual_lrps (
                    process_guid VARCHAR(255) NOT NULL,
                    instance_index INT NOT NULL,
                    presence TINYINT NOT NULL,
                    domain VARCHAR(255) NOT NULL,
                    state VARCHAR(255) NOT NULL,
                    instance_guid VARCHAR(255) NOT NULL,
                    cell_id VARCHAR(255) NOT NULL,
                    since BIGINT NOT NULL,
                    payload LONGBLOB NOT NULL,
                    PRIMARY KEY (process_guid, instance_index, presence)
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
                """,
                """
                CREATE TABLE IF NOT EXISTS tasks (
                    task_guid VARCHAR(255) NOT NULL PRIMARY KEY,
                    domain VARCHAR(255) NOT NULL,
                    state TINYINT NOT NULL,
                    cell_id VARCHAR(255) NOT NULL,
                    created_at BIGINT NOT NULL,
                    updated_at BIGINT NOT NULL,
                    key_label VARCHAR(255) NOT NULL,
                    payload LONGBLOB NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
                """,
                """
                CREATE TABLE IF NOT EXISTS domains (
                    domain VARCHAR(255) NOT NULL PRIMARY KEY,
                    expires_at BIGINT NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
                """,
                """
                CREATE TABLE IF NOT EXISTS cells (
                    cell_id VARCHAR(255) NOT NULL PRIMARY KEY,
                    owner VARCHAR(255) NOT NULL,
                    ttl_ms BIGINT NOT NULL,
                    payload LONGBLOB NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
                """,
                // The table name needs no quotes: LOCKS is not reserved in MySQL or MariaDB.
                """
                CREATE TABLE IF NOT EXISTS locks (
                    lock_key VARCHAR(255) NOT NULL PRIMARY KEY,
                    owner VARCHAR(255) NOT NULL,
                    lock_value VARCHAR(4096) NOT NULL,
                    ttl_ms BIGINT NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
                """,
            ]
        ),
        new(
            2,
            "absent cells",
            [
                """
                CREATE TABLE IF NOT EXISTS absent_cells (
                    cell_id VARCHAR(255) NOT NULL PRIMARY KEY,
                    since BIGINT NOT NULL,
                    payload LONGBLOB NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
                """,
                """
                CREATE TABLE IF NOT EXISTS cell_loss (
                    scope VARCHAR(255) NOT NULL PRIMARY KEY,
                    payload LONGBLOB NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
                """,
            ]
        ),
        new(
            3,
            "journal of changed rows",
            [
                """
                CREATE TABLE IF NOT EXISTS changed_rows (
                    revision BIGINT NOT NULL PRIMARY KEY,
                    changed LONGBLOB NOT NULL
                ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
                """,
            ]
        ),
    ];
}
