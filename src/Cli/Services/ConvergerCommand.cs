using System.CommandLine;
using Scheduler.Converger;
using Scheduler.Hosting;

namespace Scheduler.Cli.Services;

/// <summary><c>scheduler converger</c></summary>
internal static class ConvergerCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command("converger", "Run a converger: brings reality back to what is desired. Several stand by for each other.");
        var bbs = settings.Texts("--bbs", "URLs of the BBSs", ["http://127.0.0.1:8889"], "URL");
        command.Options.Add(bbs);
        var component = new ComponentSettings(settings, "converger", listen: null);
        component.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var host = ComponentHost.Build(
                component.Read(parsed), services => services.AddConverger(new ConvergerOptions(), parsed.GetValue(bbs)!, Guid.NewGuid().ToString()));
            return ServiceRunner.RunAsync(host, cancellationToken);
        });
        return command;
    }
}
