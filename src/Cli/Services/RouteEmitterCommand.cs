using System.CommandLine;
using Scheduler.Hosting;
using Scheduler.Models;
using Scheduler.RouteEmitter;
using Scheduler.RouteEmitter.Nats;

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
        var nats = settings.Texts(
            "--nats",
            "NATS servers; without one, routes are computed but not published",
            [],
            "nats://HOST:PORT|tls://HOST:PORT"
        );
        var natsUser = settings.Text("--nats-user", "NATS user", null, "NAME");
        var natsPassword = settings.Text(
            "--nats-password",
            "NATS password; preferably set in the environment or the --config file",
            null,
            "TEXT"
        );
        var natsCa = settings.Text("--nats-ca", "PEM file of the CAs that issue the NATS servers' certificates", null, "FILE");
        var natsCert = settings.Text("--nats-cert", "PEM file of the client certificate for NATS", null, "FILE");
        var natsKey = settings.Text("--nats-key", "PEM file of the client certificate's private key", null, "FILE");
        var more = new OptionSettings<RouteEmitterOptions>(settings, new RouteEmitterOptions());
        foreach (var option in (Option[])[bbs, nats, natsUser, natsPassword, natsCa, natsCert, natsKey, .. more.Options])
            command.Options.Add(option);
        var component = new ComponentSettings(settings, "route-emitter", listen: null);
        component.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var options = more.Apply(
                    parsed,
                    new RouteEmitterOptions
                    {
                        Nats = new NatsOptions
                        {
                            Servers = NatsServers(parsed.GetValue(nats)!),
                            User = parsed.GetValue(natsUser),
                            Password = parsed.GetValue(natsPassword),
                            CaFile = parsed.GetValue(natsCa),
                            CertificateFile = parsed.GetValue(natsCert),
                            KeyFile = parsed.GetValue(natsKey),
                        },
                    }
                );
                var host = ComponentHost.Build(
                    component.Read(parsed),
                    services => services.AddRouteEmitter(options, parsed.GetValue(bbs)!, Guid.NewGuid().ToString())
                );
                return ServiceRunner.RunAsync(host, cancellationToken);
            }
        );
        return command;
    }

    /// <exception cref="DomainException">A value is not a NATS URL.</exception>
    internal static IReadOnlyList<Uri> NatsServers(IReadOnlyList<string> servers) =>
        [
            .. servers.Select(server =>
                Uri.TryCreate(server, UriKind.Absolute, out var url) && url.Scheme is ("nats" or "tls")
                    ? url!
                    : throw NatsOptions.Malformed(server).ToException()
            ),
        ];
}
