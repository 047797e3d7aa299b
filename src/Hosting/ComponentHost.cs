using System.Net;
using System.Net.Sockets;
using Grpc.AspNetCore.Server.Model;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Prometheus;
using Scheduler.Contracts;
using Scheduler.Contracts.Errors;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Ops;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Tls;
using Scheduler.Models;

namespace Scheduler.Hosting;

/// <summary>
/// Host of one part, as a process or beside others in one: its listeners, TLS, logs, health, metrics and shutdown. The part itself only
/// registers and maps its services.
/// </summary>
public sealed class ComponentHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ComponentOptions _options;
    private bool _isRunning;

    private ComponentHost(WebApplication app, ComponentOptions options)
    {
        _app = app;
        _options = options;
    }

    /// <summary>The part's name.</summary>
    public string Name => _options.Name;

    public IServiceProvider Services => _app.Services;

    /// <summary>Fires when the process is asked to stop.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>Why the part ended by itself; null while it runs and after a requested stop.</summary>
    public Exception? Failure =>
        Services
            .GetServices<IHostedService>()
            .OfType<BackgroundService>()
            .Select(service => service.ExecuteTask?.Exception?.GetBaseException())
            .FirstOrDefault(failure => failure is not null);

    /// <summary>URL of the gRPC services for others: the advertised URL, or the bound address. Known once started.</summary>
    public string Url =>
        _options.AdvertiseUrl ?? AddressOf(isOps: false) ?? throw new InvalidOperationException("this part does not listen");

    /// <summary>Base URL of the health and metrics endpoints; null if there are none. Known once started.</summary>
    public string? OpsUrl => AddressOf(isOps: true);

    /// <param name="services">Registers the part's services; <see cref="ChannelFactory"/>, <see cref="TimeProvider"/> and
    /// <see cref="Readiness"/> are already registered.</param>
    /// <param name="map">Maps the part's gRPC services.</param>
    /// <exception cref="DomainException">An option is invalid; names it.</exception>
    public static ComponentHost Build(ComponentOptions options, Action<IServiceCollection> services, Action<WebApplication>? map = null)
    {
        ContractDescriptors.Load();
        var identity = TlsIdentity.Load(options.Tls);
        var listen = options.Listen is null ? null : ListenAddress.Parse(options.Listen, "listen");
        if (listen is not null && identity is null && !options.Insecure)
        {
            throw DomainError
                .Invalid(
                    "cert",
                    $"must be set together with key and ca: without TLS, anyone who can reach {options.Listen} can call {options.Name} "
                        + "under any identity. To accept that, set --insecure"
                )
                .ToException();
        }
        var opsListen = options.OpsListen is null ? null : ListenAddress.Parse(options.OpsListen, "ops-listen");

        // The framework's own settings (appsettings.json, ASPNETCORE_ variables) are dropped: a part's behaviour is defined by its own
        // options. Their files are not watched either: each watch counts towards the limit of 128 per user, and many parts may share a
        // process.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ApplicationName = options.Name, Args = ["--hostBuilder:reloadConfigOnChange=false"] }
        );
        builder.Configuration.Sources.Clear();
        ConfigureLogging(builder.Logging, options);
        builder.Services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = options.ShutdownTimeout;
            // The listener waits for open streams, which end only when the services behind them stop. Stopping one after the other would
            // run into the timeout.
            host.ServicesStopConcurrently = true;
        });
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<ServedAddress>();
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton<MeterBridge>();
        builder.Services.AddSingleton(options.Channels);
        builder.Services.AddSingleton(_ => new ChannelFactory(identity, options.Channels));
        // By default each call would create its own interceptors.
        builder.Services.AddSingleton<DomainErrorServerInterceptor>();
        builder.Services.AddSingleton<RoleInterceptor>();
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.MaxReceiveBytes;
            grpc.Interceptors.Add<DomainErrorServerInterceptor>();
            if (identity is not null)
                grpc.Interceptors.Add<RoleInterceptor>();
        });
        builder.Services.RemoveAll(typeof(IServiceMethodProvider<>));
        builder.Services.AddSingleton(typeof(IServiceMethodProvider<>), typeof(CheckedMethods<>));
        builder.Services.AddGrpcReflection();
        builder.Services.AddSingleton<HealthServiceImpl>();
        services(builder.Services);
        if (listen is null && opsListen is null)
            builder.WebHost.UseServer(new SilentServer());
        else
            builder.WebHost.UseKestrel(kestrel => ConfigureKestrel(kestrel, options.Limits, listen, opsListen, identity));

        var app = builder.Build();
        if (opsListen is not null)
        {
            // Created here and not by the first scrape, so that measurements before it are not lost.
            var meters = app.Services.GetRequiredService<MeterBridge>();
            app.MapWhen(context => context.Features.Get<OpsConnection>() is not null, ops => ServeOps(ops, meters));
        }

        map?.Invoke(app);
        app.MapGrpcService<HealthServiceImpl>();
        app.MapGrpcReflectionService();
        TellHealth(app.Services);
        var host = new ComponentHost(app, options);
        app.Lifetime.ApplicationStopping.Register(host.LogFailure);
        return host;
    }

    /// <exception cref="DomainException">An address is in use; names it.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _isRunning = true;
            await _app.StartAsync(cancellationToken);
            if (_options.Listen is not null)
            {
                WarnOfPlainListener();
                Services.GetRequiredService<ServedAddress>().Set(Url);
            }
        }
        catch (IOException failure) when (failure.InnerException is AddressInUseException)
        {
            throw new DomainException(
                DomainError.Invalid("listen", $"{failure.Message.TrimEnd('.')}; another process uses the port"),
                failure
            );
        }
        catch (SocketException failure)
        {
            throw new DomainException(
                DomainError.Invalid("listen", $"cannot listen on {_options.Listen} or {_options.OpsListen}: {failure.Message}"),
                failure
            );
        }
    }

    /// <summary>Waits until the process is asked to stop or <paramref name="cancellationToken"/> fires, then stops.</summary>
    public async Task WaitForShutdownAsync(CancellationToken cancellationToken)
    {
        await _app.WaitForShutdownAsync(cancellationToken);
        _isRunning = false;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_isRunning)
            return;
        _isRunning = false;
        await _app.StopAsync(cancellationToken);
    }

    /// <summary>Stops first: services that are disposed while running would end in errors.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static void ConfigureLogging(ILoggingBuilder logging, ComponentOptions options)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(options.LogLevel);
        // Libraries log each call and each refusal. A filter overrides the minimum level above, so it must not be lower.
        logging.AddFilter("Microsoft", AtLeast(LogLevel.Warning));
        logging.AddFilter("Grpc", AtLeast(LogLevel.Warning));
        // Unexpected exceptions of services are logged by DomainErrorServerInterceptor. What remains concerns callers: one stack trace for
        // each that resets a call before its request is read.
        logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", AtLeast(LogLevel.Critical));
        // A line for each connection beyond the limit would fill the disk during a flood; kestrel.rejected_connections counts them.
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Connections", AtLeast(LogLevel.Error));
        // It would log with a stack trace what this class reports in a sentence: an address in use.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        // Logs go to stderr; stdout is for the output of commands.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (options.LogJson)
            logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        else
            logging.AddSimpleConsole(simple =>
            {
                simple.SingleLine = true;
                simple.UseUtcTimestamp = true;
                simple.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                simple.ColorBehavior = LoggerColorBehavior.Disabled;
            });

        LogLevel AtLeast(LogLevel level) => options.LogLevel > level ? options.LogLevel : level;
    }

    private static void ConfigureKestrel(
        KestrelServerOptions kestrel,
        ListenerLimits limits,
        ListenAddress? listen,
        ListenAddress? opsListen,
        TlsIdentity? identity
    )
    {
        kestrel.AddServerHeader = false;
        // gRPC limits messages itself, and a stream has no total size to limit.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.MaxHeaderBytes;
        kestrel.Limits.RequestHeadersTimeout = limits.HeaderTimeout;
        kestrel.Limits.KeepAliveTimeout = limits.IdleTimeout;
        kestrel.Limits.Http2.MaxStreamsPerConnection = limits.MaxStreamsPerConnection;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = limits.MaxHeaderBytes;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 1024 * 1024;
        kestrel.Limits.Http2.InitialStreamWindowSize = 768 * 1024;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
        listen?.Bind(
            kestrel,
            endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http2;
                if (identity is null)
                    return;
                endpoint.Use(new HandshakeQueue(limits.HandshakesAtOnce, limits.HandshakeTimeout, TimeProvider.System).Enter);
                endpoint.UseHttps((_, _, _, _) => ValueTask.FromResult(identity.ServerOptions()), state: identity, limits.HandshakeTimeout);
                endpoint.Use(HandshakeQueue.Leave);
            }
        );
        opsListen?.Bind(
            kestrel,
            endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1;
                endpoint.Use(next =>
                    connection =>
                    {
                        connection.Features.Set(OpsConnection.Instance);
                        return next(connection);
                    }
                );
            }
        );
    }

    private static void ServeOps(IApplicationBuilder ops, MeterBridge meters)
    {
        ops.UseMetricServer(server => (server.Registry, server.EnableOpenMetrics) = (meters.Registry, false));
        ops.Run(AnswerOpsAsync);
    }

    private static Task AnswerOpsAsync(HttpContext context)
    {
        var readiness = context.RequestServices.GetRequiredService<Readiness>();
        switch (context.Request.Path.Value)
        {
            case "/healthz":
                return context.Response.WriteAsync("ok\n");
            case "/readyz":
                context.Response.StatusCode = readiness.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                return context.Response.WriteAsync(
                    readiness.IsReady ? "ready\n" : string.Concat(readiness.Waiting.Select(entry => $"{entry.Key}: {entry.Value}\n"))
                );
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return context.Response.WriteAsync("not found; available: /healthz, /readyz and /metrics\n");
        }
    }

    private void WarnOfPlainListener()
    {
        if (_options.Tls.IsSet)
            return;
        var log = Services.GetRequiredService<ILogger<ComponentHost>>();
        var address = ListenAddress.Parse(_options.Listen!, "listen");
        if (address.EndPoint is { } end && !IPAddress.IsLoopback(end.Address))
            HostLog.InsecureOffLoopback(log, Name, _options.Listen!);
        else
            HostLog.Insecure(log, Name, _options.Listen!);
    }

    private void LogFailure()
    {
        if (Failure is { } failure)
            HostLog.EndedByItself(Services.GetRequiredService<ILogger<ComponentHost>>(), failure, Name);
    }

    /// <summary>Makes the standard gRPC health service report the same as <c>/readyz</c>.</summary>
    private static void TellHealth(IServiceProvider services)
    {
        var health = services.GetRequiredService<HealthServiceImpl>();
        var readiness = services.GetRequiredService<Readiness>();
        readiness.Changed += Tell;
        Tell();

        void Tell() =>
            health.SetStatus(
                "",
                readiness.IsReady ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing
            );
    }

    private string? AddressOf(bool isOps)
    {
        var wanted = isOps ? _options.OpsListen : _options.Listen;
        if (wanted is null)
            return null;
        var address = ListenAddress.Parse(wanted, isOps ? "ops-listen" : "listen");
        if (address.UnixPath is not null)
            return $"unix://{address.UnixPath}";
        var scheme = !isOps && _options.Tls.IsSet ? "https" : "http";
        if (address.EndPoint!.Port != 0)
            return $"{scheme}://{address.EndPoint}";
        // Kestrel lists the bound addresses in the configured order: services first.
        var bound = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        return $"{scheme}://{new Uri(bound[isOps && _options.Listen is not null ? 1 : 0]).Authority}";
    }

    /// <summary>Marker of connections of the health and metrics listener.</summary>
    private sealed class OpsConnection
    {
        public static OpsConnection Instance { get; } = new();
    }
}
