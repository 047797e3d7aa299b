using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting;
using Scheduler.Hosting.Ops;
using Scheduler.Models;
using Scheduler.Router.Proxy;
using Scheduler.Router.Table;

namespace Scheduler.Router;

/// <summary>
/// The listeners for clients, in a web server of their own: its limits are for strangers, those of the component's host for the scheduler's
/// parts.
/// </summary>
internal sealed class Front(
    RouterOptions options,
    FrontCertificate certificate,
    RequestHandler handler,
    RouterMetrics metrics,
    RouterClock clock,
    Readiness readiness,
    ILoggerFactory loggers
) : IHostedLifecycleService, IAsyncDisposable
{
    private static readonly TimeSpan BodyGrace = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger = loggers.CreateLogger<Front>();
    private WebApplication? _app;

    /// <summary>The bound addresses, those without TLS first; empty until started.</summary>
    public IReadOnlyList<string> Urls { get; private set; } = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        handler.AccessLog = AccessLog.Open(options.AccessLog, metrics, _logger);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout);
        // A host of its own would end the process on Ctrl-C by itself.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure);
        builder.WebHost.UseKestrelHttpsConfiguration();
        _app = builder.Build();
        _app.Run(handler.HandleAsync);
        await _app.StartAsync(cancellationToken);
        Urls =
        [
            .. _app
                .Services.GetRequiredService<IServer>()
                .Features.Get<IServerAddressesFeature>()!
                .Addresses.OrderBy(url => url.StartsWith("https", StringComparison.Ordinal)),
        ];
        _logger.Listening(string.Join(' ', Urls));
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Fails the readiness check while still serving, so that a load balancer sends nothing more.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _logger.Draining(options.DrainWait, options.DrainTimeout);
        readiness.WaitFor("draining", "the router is about to stop");
        handler.IsDraining = true;
        if (options.DrainWait > TimeSpan.Zero)
            await Waits.EndAsync(Task.Delay(options.DrainWait, clock.Time, cancellationToken));
    }

    /// <summary>Stops listening and lets requests under way end.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_app is not null)
            await _app.StopAsync(cancellationToken);
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        if (handler.AccessLog is { } log)
            await log.DisposeAsync();
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        var limits = options.Limits;
        kestrel.AddServerHeader = false;
        // The scheme that a client claims over HTTP/2 counts for nothing here, so it may be any.
        kestrel.AllowAlternateSchemes = true;
        kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limits.MaxConnections;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.MaxHeaderBytes;
        kestrel.Limits.MaxRequestLineSize = Math.Min(kestrel.Limits.MaxRequestLineSize, limits.MaxHeaderBytes);
        kestrel.Limits.MaxRequestHeaderCount = limits.MaxHeaders;
        kestrel.Limits.MaxRequestBodySize = limits.MaxBodyBytes > 0 ? limits.MaxBodyBytes : null;
        kestrel.Limits.MinRequestBodyDataRate = limits.MinBodyRate > 0 ? new MinDataRate(limits.MinBodyRate, BodyGrace) : null;
        kestrel.Limits.RequestHeadersTimeout = limits.HeaderTimeout;
        kestrel.Limits.KeepAliveTimeout = limits.IdleTimeout;
        kestrel.Limits.Http2.MaxStreamsPerConnection = limits.MaxStreamsPerConnection;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = limits.MaxHeaderBytes;
        if (options.Listen.Length > 0)
        {
            // Kestrel warns if its protocols are set, because it does not know of the detection.
            Listen(
                kestrel,
                options.Listen,
                "listen",
                endpoint => endpoint.Use(FrontConnection.DetectHttp2(limits.HeaderTimeout, clock.Time))
            );
        }

        if (options.TlsListen.Length == 0)
            return;
        certificate.Refresh();
        Listen(
            kestrel,
            options.TlsListen,
            "tls-listen",
            endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1AndHttp2;
                endpoint.Use(FrontConnection.MarkTls);
                endpoint.UseHttps(
                    new TlsHandshakeCallbackOptions
                    {
                        OnConnection = _ => ValueTask.FromResult(certificate.Current),
                        HandshakeTimeout = limits.HandshakeTimeout,
                    }
                );
            }
        );
    }

    private static void Listen(KestrelServerOptions kestrel, string address, string field, Action<ListenOptions> configure)
    {
        var end =
            ListenAddress.Parse(address, field).EndPoint
            ?? throw DomainError.Invalid(field, "must be address:port; clients do not connect to a socket file").ToException();
        kestrel.Listen(end, configure);
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
