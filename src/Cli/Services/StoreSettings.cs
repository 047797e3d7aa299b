using System.CommandLine;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.MySql;
using Scheduler.Bbs.Storage.Sqlite;

namespace Scheduler.Cli.Services;

/// <summary>The flags that select the store of a BBS and its keys.</summary>
internal sealed class StoreSettings
{
    private readonly Option<string?> _store;
    private readonly Option<string?> _keys;
    private readonly OptionSettings<SqliteStoreOptions> _sqlite;
    private readonly OptionSettings<MySqlStoreOptions> _mySql;

    public StoreSettings(SettingSource settings)
    {
        _store = settings.Text(
            "--store",
            "Store of the state; if it contains a password, set it in the environment or the --config file",
            "sqlite:/var/lib/scheduler/bbs.db",
            "sqlite:PATH|mysql:CONNECTION"
        );
        _keys = settings.Text(
            "--encryption-keys",
            "File of lines \"LABEL: base64 of 32 bytes\"; the first key encrypts, the others only decrypt (default: no encryption)",
            null,
            "FILE"
        );
        _sqlite = new OptionSettings<SqliteStoreOptions>(settings, StoreSetup.Sqlite());
        _mySql = new OptionSettings<MySqlStoreOptions>(settings, StoreSetup.MySql());
    }

    /// <summary>The two flags that everybody needs.</summary>
    public IEnumerable<Option> Main => [_store, _keys];

    public IEnumerable<Option> Details => [.. _sqlite.Options, .. _mySql.Options];

    /// <exception cref="Models.DomainException">The file cannot be read, or a line is malformed.</exception>
    public StorageKeys Keys(ParseResult parsed) => StoreSetup.ReadKeys(parsed.GetValue(_keys));

    /// <exception cref="Models.DomainException">It is neither SQLite nor MySQL.</exception>
    public IPortableStore Open(ParseResult parsed, StorageKeys keys, TimeProvider time, ILoggerFactory loggers) =>
        StoreSetup.Open(
            parsed.GetValue(_store)!,
            keys,
            time,
            loggers,
            _sqlite.Apply(parsed, StoreSetup.Sqlite()),
            _mySql.Apply(parsed, StoreSetup.MySql())
        );

    /// <summary>As above, but does not create the file of an embedded store.</summary>
    /// <exception cref="Models.DomainException">The file does not exist.</exception>
    public IPortableStore OpenExisting(ParseResult parsed, StorageKeys keys, TimeProvider time, ILoggerFactory loggers)
    {
        StoreSetup.CheckExists(parsed.GetValue(_store)!);
        return Open(parsed, keys, time, loggers);
    }
}
