using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting;
using Scheduler.Messaging;
using Scheduler.Router;
using Yarp.ReverseProxy.Configuration;

namespace Scheduler.Bench.Commands.RouterSpeed;

/// <summary>A server on a free port of this machine, until disposed.</summary>
internal sealed record BenchServer(int Port, IAsyncDisposable Owner) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Owner.DisposeAsync();
}

/// <summary>What is measured, and what stands behind it.</summary>
internal static class BenchServers
{
    public const string Host = "web.localhost";

    private static readonly byte[] Body = "ok"u8.ToArray();

    public static Task<BenchServer> InstanceAsync() =>
        WebAsync(
            _ => { },
            app =>
                app.Run(context =>
                {
                    context.Response.ContentLength = Body.Length;
                    return context.Response.Body.WriteAsync(Body).AsTask();
                })
        );

    public static Task<BenchServer> YarpAsync(int port) =>
        WebAsync(
            services =>
                services
                    .AddReverseProxy()
                    .LoadFromMemory(
                        [
                            new RouteConfig
                            {
                                RouteId = "web",
                                ClusterId = "web",
                                Match = new RouteMatch { Hosts = [Host], Path = "{**rest}" },
                            },
                        ],
                        [
                            new ClusterConfig
                            {
                                ClusterId = "web",
                                Destinations = new Dictionary<string, DestinationConfig>
                                {
                                    ["one"] = new() { Address = $"http://127.0.0.1:{port}" },
                                },
                            },
                        ]
                    ),
            app => app.MapReverseProxy()
        );

    public static async Task<BenchServer> RouterAsync(LocalBroker broker)
    {
        var options = new RouterOptions
        {
            Listen = "127.0.0.1:0",
            StartDelay = TimeSpan.Zero,
            DrainWait = TimeSpan.Zero,
            DrainTimeout = TimeSpan.FromSeconds(1),
        };
        var host = ComponentHost.Build(
            new ComponentOptions { Name = "router", LogLevel = LogLevel.Error },
            services => services.AddRouter(options, broker.CreateClient())
        );
        await host.StartAsync(CancellationToken.None);
        return new BenchServer(new Uri(host.Services.RouterUrls()[0]).Port, host);
    }

    private static async Task<BenchServer> WebAsync(Action<IServiceCollection> services, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        services(builder.Services);
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return new BenchServer(new Uri(app.Urls.Single()).Port, app);
    }
}
