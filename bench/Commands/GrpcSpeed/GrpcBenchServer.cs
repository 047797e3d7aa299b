using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Scheduler.Bench.Commands.GrpcSpeed.Contract;

namespace Scheduler.Bench.Commands.GrpcSpeed;

/// <summary>Echoes requests: over gRPC, and over a plain endpoint on the same server.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    /// <summary>Size of the message in bytes, about that of a small request of the scheduler.</summary>
    public const int PayloadSize = 100;

    public const string PlainPath = "/plain";

    private readonly WebApplication _app;

    private EchoServer(WebApplication app) => _app = app;

    public Uri Address =>
        new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

    /// <summary>The headers of the first gRPC call, without those that the frame and the connection determine.</summary>
    public IReadOnlyList<KeyValuePair<string, StringValues>> GrpcHeaders => _app.Services.GetRequiredService<EchoService>().Headers;

    public static async Task<EchoServer> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<EchoService>();
        builder.WebHost.ConfigureKestrel(static kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, static endpoint => endpoint.Protocols = HttpProtocols.Http2)
        );
        var app = builder.Build();
        app.MapGrpcService<EchoService>();
        app.MapPost(PlainPath, EchoPlainAsync);
        await app.StartAsync(cancellationToken);
        return new EchoServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static async Task EchoPlainAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        var result = await reader.ReadAsync(context.RequestAborted);
        while (!result.IsCompleted)
        {
            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            result = await reader.ReadAsync(context.RequestAborted);
        }

        context.Response.ContentType = "application/grpc";
        foreach (var segment in result.Buffer)
            await context.Response.BodyWriter.WriteAsync(segment, context.RequestAborted);
        reader.AdvanceTo(result.Buffer.End);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private sealed class EchoService : Echo.EchoBase
    {
        private KeyValuePair<string, StringValues>[]? _headers;

        public IReadOnlyList<KeyValuePair<string, StringValues>> Headers =>
            _headers ?? throw new InvalidOperationException("no call has been received yet");

        public override Task<Ping> Call(Ping request, ServerCallContext context)
        {
            _headers ??=
            [
                .. context
                    .GetHttpContext()
                    .Request.Headers.Where(static header =>
                        header.Key is not (":authority" or "Host" or "Content-Type" or "Content-Length")
                    ),
            ];
            return Task.FromResult(request);
        }
    }
}
