using System.CommandLine;
using Scheduler.Hosting;
using Scheduler.Router;

namespace Scheduler.Cli.Services;

/// <summary><c>scheduler router</c></summary>
internal static class RouterCommand
{
    public static Command Create(SettingSource settings)
    {
        var command = new Command("router", "Run an HTTP router: sends requests to the instances that route emitters register over NATS");
        var nats = new NatsSettings(settings, "NATS servers, where route emitters register routes");
        var more = new OptionSettings<RouterOptions>(settings, new RouterOptions());
        foreach (var option in (Option[])[.. nats.Options, .. more.Options])
            command.Options.Add(option);
        var component = new ComponentSettings(settings, "router", listen: null, hasPeers: false);
        component.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var options = more.Apply(parsed, new RouterOptions { Nats = nats.Read(parsed) });
                options = options with { Listen = options.Listen == "none" ? "" : options.Listen };
                var host = component.Read(parsed);
                return ServiceRunner.RunAsync(
                    ComponentHost.Build(
                        host with
                        {
                            ShutdownTimeout = host.ShutdownTimeout + RouterServices.ShutdownTime(options),
                        },
                        services => services.AddRouter(options)
                    ),
                    cancellationToken
                );
            }
        );
        return command;
    }
}
