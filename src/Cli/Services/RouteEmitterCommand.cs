using System.CommandLine;
using Scheduler.Hosting;
using Scheduler.RouteEmitter;

namespace Scheduler.Cli.Services;

/// <summary><c>scheduler route-emitter</c></summary>
internal static class RouteEmitterCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command(
            "route-emitter",
            "Run a route emitter: publishes routes to instances over NATS; one is active, others are standbys"
        );
        var bbs = settings.Texts("--bbs", "BBS URLs", ["http://127.0.0.1:8889"], "URL");
        var nats = new NatsSettings(settings, "NATS servers; without one, routes are computed but not published");
        var more = new OptionSettings<RouteEmitterOptions>(settings, new RouteEmitterOptions());
        foreach (var option in (Option[])[bbs, .. nats.Options, .. more.Options])
            command.Options.Add(option);
        var component = new ComponentSettings(settings, "route-emitter", listen: null);
        component.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var options = more.Apply(parsed, new RouteEmitterOptions { Nats = nats.Read(parsed) });
                var host = ComponentHost.Build(
                    component.Read(parsed),
                    services => services.AddRouteEmitter(options, parsed.GetValue(bbs)!, Guid.NewGuid().ToString())
                );
                return ServiceRunner.RunAsync(host, cancellationToken);
            }
        );
        return command;
    }
}
