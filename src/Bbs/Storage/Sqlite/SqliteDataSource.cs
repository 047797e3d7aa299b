using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Scheduler.Bbs.Storage.Sqlite;

/// <summary>Opens connections to one database file.</summary>
internal sealed class SqliteDataSource : DbDataSource
{
    private readonly string _path;

    public SqliteDataSource(SqliteStoreOptions options)
    {
        _path = options.Path;
        ConnectionString = new SqliteConnectionStringBuilder
        {
            DataSource = options.Path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            // The store keeps its connections open; a pool would keep the file open after the store is disposed.
            Pooling = false,
            DefaultTimeout = (int)Math.Ceiling(options.BusyTimeout.TotalSeconds),
        }.ToString();
    }

    public override string ConnectionString { get; }

    protected override DbConnection CreateDbConnection()
    {
        CreatePrivateFile();
        return new SqliteConnection(ConnectionString);
    }

    // The file holds clients' definitions, including secrets, so only its owner may read it. SQLite gives -wal and -shm the same mode.
    private void CreatePrivateFile()
    {
        if (
            OperatingSystem.IsWindows()
            || File.Exists(_path)
            || !Directory.Exists(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(_path)))
        )
            return;
        new FileStream(
            _path,
            new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }
        ).Dispose();
    }
}
