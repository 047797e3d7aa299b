using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Scheduler.Tests.Integration.Router;

/// <summary>An instance of an application behind the router.</summary>
internal sealed class TestBackend : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestBackend(WebApplication app, string name) => (_app, Name) = (app, name);

    public string Name { get; }

    public int Port { get; private set; }

    /// <summary>What it received, headers included.</summary>
    public ConcurrentQueue<(string Target, string Protocol, Dictionary<string, string> Headers)> Requests { get; } = new();

    /// <summary>Requests to /slow are answered when this is set.</summary>
    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<TestBackend> StartAsync(string name, bool http2 = false, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = http2 ? HttpProtocols.Http2 : HttpProtocols.Http1)
        );
        var app = builder.Build();
        var backend = new TestBackend(app, name);
        app.UseWebSockets();
        app.Run(backend.AnswerAsync);
        await app.StartAsync();
        backend.Port = new Uri(app.Urls.Single()).Port;
        return backend;
    }

    public async ValueTask DisposeAsync()
    {
        Gate.TrySetResult();
        using var now = new CancellationTokenSource(TimeSpan.Zero, TimeProvider.System);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        Requests.Enqueue(
            (
                request.Path + request.QueryString.ToString(),
                request.Protocol,
                request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)
            )
        );
        switch (request.Path.Value)
        {
            case "/echo" when context.WebSockets.IsWebSocketRequest:
                await EchoAsync(await context.WebSockets.AcceptWebSocketAsync(), context.RequestAborted);
                break;
            case "/login":
                context.Response.Cookies.Append("JSESSIONID", "s1", new CookieOptions { HttpOnly = true, Path = "/" });
                await context.Response.WriteAsync(Name);
                break;
            case "/slow":
                await Gate.Task;
                await context.Response.WriteAsync(Name);
                break;
            case "/never":
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
                break;
            case "/cut":
                // The headers leave, the body does not.
                context.Response.ContentLength = 10;
                await context.Response.Body.FlushAsync();
                context.Abort();
                break;
            case "/abort":
                context.Abort();
                break;
            case "/lie":
                context.Response.Headers["X-Cf-RouterError"] = "unknown_route";
                await context.Response.WriteAsync(Name);
                break;
            case "/length":
                var length = 0L;
                var buffer = new byte[65536];
                for (int read; (read = await request.Body.ReadAsync(buffer)) > 0; length += read) { }

                await context.Response.WriteAsync($"{length}");
                break;
            default:
                await context.Response.WriteAsync(Name);
                break;
        }
    }

    private static async Task EchoAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, cancellationToken);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", cancellationToken);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, cancellationToken);
        }
    }
}
