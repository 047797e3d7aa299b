using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs;
using Scheduler.Bbs.Storage.MySql;
using Scheduler.Bbs.Storage.Sqlite;
using Scheduler.Hosting;

namespace Scheduler.Cli.Services;

/// <summary><c>scheduler bbs</c></summary>
internal static class BbsCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command(
            "bbs",
            "Run a BBS: holds desired and actual state; on a shared store, one is active and others are standbys"
        );
        var store = settings.Text(
            "--store",
            "Store of the state; if it contains a password, set it in the environment or the --config file",
            "sqlite:/var/lib/scheduler/bbs.db",
            "sqlite:PATH|mysql:CONNECTION"
        );
        var keys = settings.Text(
            "--encryption-keys",
            "File of lines \"LABEL: base64 of 32 bytes\"; the first key encrypts, the others only decrypt (default: no encryption)",
            null,
            "FILE"
        );
        var more = new OptionSettings<BbsOptions>(settings, new BbsOptions());
        var (sqlite, mySql) = (
            new OptionSettings<SqliteStoreOptions>(settings, StoreSetup.Sqlite()),
            new OptionSettings<MySqlStoreOptions>(settings, StoreSetup.MySql())
        );
        foreach (var option in (Option[])[store, keys, .. more.Options, .. sqlite.Options, .. mySql.Options])
            command.Options.Add(option);
        var component = new ComponentSettings(settings, "bbs", "127.0.0.1:8889");
        component.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var storageKeys = StoreSetup.ReadKeys(parsed.GetValue(keys));
                var options = more.Apply(parsed, new BbsOptions());
                var host = ComponentHost.Build(
                    component.Read(parsed),
                    services =>
                    {
                        services.AddSingleton(provider =>
                            StoreSetup.Open(
                                parsed.GetValue(store)!,
                                storageKeys,
                                provider.GetRequiredService<TimeProvider>(),
                                provider.GetRequiredService<ILoggerFactory>(),
                                sqlite.Apply(parsed, StoreSetup.Sqlite()),
                                mySql.Apply(parsed, StoreSetup.MySql())
                            )
                        );
                        services.AddBbs(options, Guid.NewGuid().ToString());
                    },
                    app => app.MapBbs()
                );
                return ServiceRunner.RunAsync(host, cancellationToken);
            }
        );
        return command;
    }
}
