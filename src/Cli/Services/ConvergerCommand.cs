using System.CommandLine;
using Scheduler.Converger;
using Scheduler.Hosting;

namespace Scheduler.Cli.Services;

/// <summary><c>scheduler converger</c></summary>
internal static class ConvergerCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command(
            "converger",
            "Run a converger: reconciles actual state with desired state; one is active, others are standbys"
        );
        var bbs = settings.Texts("--bbs", "BBS URLs", ["http://127.0.0.1:8889"], "URL");
        var more = new OptionSettings<ConvergerOptions>(settings, new ConvergerOptions());
        foreach (var option in (Option[])[bbs, .. more.Options])
            command.Options.Add(option);
        var component = new ComponentSettings(settings, "converger", listen: null);
        component.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var options = more.Apply(parsed, new ConvergerOptions());
                var host = ComponentHost.Build(
                    component.Read(parsed),
                    services => services.AddConverger(options, parsed.GetValue(bbs)!, Guid.NewGuid().ToString())
                );
                return ServiceRunner.RunAsync(host, cancellationToken);
            }
        );
        return command;
    }
}
