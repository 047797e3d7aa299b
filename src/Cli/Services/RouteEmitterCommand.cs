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
        var command = new Command("route-emitter", "Run a route emitter: tells routers over NATS where instances are. Several stand by for each other.");
        var bbs = settings.Texts("--bbs", "URLs of the BBSs", ["http://127.0.0.1:8889"], "URL");
        var lockTtl = settings.Duration("--lock-ttl", "How long the active emitter may be silent before another takes over", new RouteEmitterOptions().LockTtl);
        var nats = settings.Texts("--nats", "NATS servers; without one the table is kept and published nowhere", [], "nats://HOST:PORT|tls://HOST:PORT");
        var natsUser = settings.Text("--nats-user", "User at NATS", null, "NAME");
        var natsPassword = settings.Text("--nats-password", "Password at NATS; better in the environment or the --config file", null, "TEXT");
        var natsCa = settings.Text("--nats-ca", "PEM file of the authorities of the NATS servers", null, "FILE");
        var natsCert = settings.Text("--nats-cert", "PEM file of the certificate to show to them", null, "FILE");
        var natsKey = settings.Text("--nats-key", "PEM file of its key", null, "FILE");
        var cell = settings.Text("--cell-id", "Routes of this cell only, for one emitter on each cell; default: of all cells", null, "NAME");
        var direct = settings.Switch("--register-direct-instance-routes", "Register containers' own addresses where an instance prefers neither");
        var internalRoutes = settings.Switch("--internal-routes", "Publish internal routes for service discovery too");
        foreach (var option in (Option[])[bbs, lockTtl, nats, natsUser, natsPassword, natsCa, natsCert, natsKey, cell, direct, internalRoutes])
            command.Options.Add(option);
        var component = new ComponentSettings(settings, "route-emitter", listen: null);
        component.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new RouteEmitterOptions
            {
                LockTtl = parsed.GetValue(lockTtl),
                CellId = parsed.GetValue(cell) ?? "",
                RegisterDirectInstanceRoutes = parsed.GetValue(direct),
                InternalRoutes = parsed.GetValue(internalRoutes),
                Nats = new NatsOptions
                {
                    Servers = NatsServers(parsed.GetValue(nats)!),
                    User = parsed.GetValue(natsUser),
                    Password = parsed.GetValue(natsPassword),
                    CaFile = parsed.GetValue(natsCa),
                    CertificateFile = parsed.GetValue(natsCert),
                    KeyFile = parsed.GetValue(natsKey),
                },
            };
            var host = ComponentHost.Build(
                component.Read(parsed), services => services.AddRouteEmitter(options, parsed.GetValue(bbs)!, Guid.NewGuid().ToString()));
            return ServiceRunner.RunAsync(host, cancellationToken);
        });
        return command;
    }

    /// <exception cref="DomainException">One is no such URL.</exception>
    internal static IReadOnlyList<Uri> NatsServers(IReadOnlyList<string> servers) =>
    [
        .. servers.Select(server => Uri.TryCreate(server, UriKind.Absolute, out var url) && url.Scheme is ("nats" or "tls")
            ? url!
            : throw NatsOptions.Malformed(server).ToException()),
    ];
}
