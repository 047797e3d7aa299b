using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs;
using Scheduler.Bbs.Storage;
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
        var store = new StoreSettings(settings);
        var more = new OptionSettings<BbsOptions>(settings, new BbsOptions());
        foreach (var option in (Option[])[.. store.Main, .. more.Options, .. store.Details])
            command.Options.Add(option);
        var component = new ComponentSettings(settings, "bbs", "127.0.0.1:8889");
        component.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var storageKeys = store.Keys(parsed);
                var options = more.Apply(parsed, new BbsOptions());
                var host = ComponentHost.Build(
                    component.Read(parsed),
                    services =>
                    {
                        services.AddSingleton<IBbsStore>(provider =>
                            store.Open(
                                parsed,
                                storageKeys,
                                provider.GetRequiredService<TimeProvider>(),
                                provider.GetRequiredService<ILoggerFactory>()
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
