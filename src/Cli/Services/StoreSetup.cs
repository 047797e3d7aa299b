using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.MySql;
using Scheduler.Bbs.Storage.Sqlite;
using Scheduler.Models;

namespace Scheduler.Cli.Services;

/// <summary>The flag <c>--store</c>: <c>sqlite:PATH</c>, or <c>mysql:</c> and a connection string with MySqlConnector's keywords.</summary>
internal static class StoreSetup
{
    private const string SqliteScheme = "sqlite:";
    private const string MySqlScheme = "mysql:";

    public static SqliteStoreOptions Sqlite() => new() { Path = "" };

    public static MySqlStoreOptions MySql() => new() { ConnectionString = "" };

    /// <param name="sqlite">Options of the embedded store; its path comes from the text.</param>
    /// <param name="mySql">Options of the MySQL store; its connection string comes from the text.</param>
    /// <exception cref="DomainException">The text has neither form.</exception>
    public static IPortableStore Open(
        string store,
        StorageKeys keys,
        TimeProvider time,
        ILoggerFactory loggers,
        SqliteStoreOptions? sqlite = null,
        MySqlStoreOptions? mySql = null
    )
    {
        var log = loggers.CreateLogger("Scheduler.Bbs.Storage");
        if (store.StartsWith(SqliteScheme, StringComparison.Ordinal))
        {
            var path = Path.GetFullPath(store[SqliteScheme.Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return SqliteBbsStore.Open((sqlite ?? Sqlite()) with { Path = path }, keys, time, log);
        }

        if (store.StartsWith(MySqlScheme, StringComparison.Ordinal))
            return MySqlBbsStore.Open((mySql ?? MySql()) with { ConnectionString = store[MySqlScheme.Length..] }, keys, time, log);
        // The text may contain a password, so the message does not repeat it.
        throw DomainError
            .Invalid("store", "must be sqlite:PATH or mysql:CONNECTION-STRING, such as mysql:Server=db;User ID=bbs;Password=…;Database=bbs")
            .ToException();
    }

    /// <exception cref="DomainException">It is an embedded store, and its file does not exist.</exception>
    public static void CheckExists(string store)
    {
        if (
            store.StartsWith(SqliteScheme, StringComparison.Ordinal)
            && Path.GetFullPath(store[SqliteScheme.Length..]) is var path
            && !File.Exists(path)
        )
            throw DomainError.Invalid("store", $"there is no file {path}").ToException();
    }

    /// <summary>Reads a file with lines <c>LABEL: base64 of 32 bytes</c>; the key of the first line is the active one.</summary>
    /// <exception cref="DomainException">The file cannot be read, or a line is malformed. The message contains no key.</exception>
    public static StorageKeys ReadKeys(string? path)
    {
        if (path is null)
            return StorageKeys.None;
        var keys = new List<KeyValuePair<string, byte[]>>();
        try
        {
            foreach (var (line, number) in File.ReadLines(path).Select((line, index) => (line.Trim(), index + 1)))
            {
                if (line.Length == 0 || line[0] == '#')
                    continue;
                var colon = line.IndexOf(':');
                var key = new byte[StorageKeys.KeyBytes];
                if (colon <= 0 || !Convert.TryFromBase64String(line[(colon + 1)..].Trim(), key, out var length) || length != key.Length)
                    throw DomainError
                        .Invalid(
                            "encryption-keys",
                            $"line {number} of {path} must be LABEL: followed by {StorageKeys.KeyBytes} bytes in base64"
                        )
                        .ToException();
                keys.Add(new(line[..colon].Trim(), key));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DomainException(DomainError.Invalid("encryption-keys", $"cannot read {path}: {failure.Message}"), failure);
        }

        return new StorageKeys(keys.Count > 0 ? keys[0].Key : "", keys);
    }
}
