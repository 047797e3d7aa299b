using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting;
using Scheduler.Hosting.Ops;
using Scheduler.Messaging;
using Scheduler.Router;
using Scheduler.Router.Proxy;
using Scheduler.Router.Table;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Router;

/// <summary>A real router on a free port, and an emitter that tells it routes without a NATS server.</summary>
internal sealed class RouterUnderTest : IAsyncDisposable
{
    private readonly ComponentHost _host;
    private readonly IMessageBus _emitter;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _emitting;

    private RouterUnderTest(ComponentHost host, IMessageBus emitter)
    {
        (_host, _emitter) = (host, emitter);
        _emitting = emitter.RunAsync(_stop.Token);
        Url = new Uri(host.Services.RouterUrls()[0]);
        Client = NewClient();
    }

    /// <summary>Options for tests: quick to stop, and ready at once.</summary>
    public static RouterOptions Options { get; } =
        new()
        {
            Listen = "127.0.0.1:0",
            StartDelay = TimeSpan.Zero,
            DrainWait = TimeSpan.Zero,
            DrainTimeout = TimeSpan.FromSeconds(1),
        };

    public Uri Url { get; }

    /// <summary>The address with TLS, if there is one.</summary>
    public Uri TlsUrl => new(_host.Services.RouterUrls()[^1]);

    public string? OpsUrl => _host.OpsUrl;

    public HttpClient Client { get; }

    public RoutingTable Table => _host.Services.GetRequiredService<RoutingTable>();

    public int RequestsUnderWay => _host.Services.GetRequiredService<RequestCount>().Value;

    public bool IsReady => _host.Services.GetRequiredService<Readiness>().IsReady;

    public static async Task<RouterUnderTest> StartAsync(RouterOptions? options = null)
    {
        var broker = new LocalBroker();
        options ??= Options;
        var host = ComponentHost.Build(
            new ComponentOptions
            {
                Name = "router",
                OpsListen = "127.0.0.1:0",
                LogLevel = LogLevel.Error,
                ShutdownTimeout = RouterServices.ShutdownTime(options),
            },
            services => services.AddRouter(options, broker.CreateClient())
        );
        await host.StartAsync(CancellationToken.None);
        var router = new RouterUnderTest(host, broker.CreateClient());
        await Wait.UntilAsync(() => router.IsReady);
        return router;
    }

    /// <summary>A client that keeps cookies and follows nothing.</summary>
    public HttpClient NewClient() =>
        new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                CookieContainer = new CookieContainer(),
                UseProxy = false,
            }
        )
        {
            BaseAddress = Url,
            Timeout = Wait.Patience,
        };

    /// <summary>Registers a backend, and returns when the router has it.</summary>
    public async Task RegisterAsync(TestBackend backend, params string[] uris) =>
        await RegisterAsync(Message(backend.Name, backend.Port, uris));

    public async Task RegisterAsync(Dictionary<string, object> message)
    {
        await SendAsync("router.register", message);
        var (port, uri) = ((int)message["port"], ((string[])message["uris"])[^1]);
        await Wait.UntilAsync(() => Ports(uri).Contains(port));
    }

    public async Task UnregisterAsync(TestBackend backend, params string[] uris)
    {
        await SendAsync("router.unregister", Message(backend.Name, backend.Port, uris));
        await Wait.UntilAsync(() => !Ports(uris[^1]).Contains(backend.Port));
    }

    public async Task SendAsync(string subject, Dictionary<string, object> message) =>
        Assert.True(await _emitter.PublishAsync(subject, null, JsonSerializer.SerializeToUtf8Bytes(message), _stop.Token));

    public static Dictionary<string, object> Message(string instance, int port, params string[] uris) =>
        new()
        {
            ["host"] = "127.0.0.1",
            ["port"] = port,
            ["uris"] = uris,
            ["app"] = "app-1",
            ["private_instance_id"] = instance,
            ["private_instance_index"] = instance[^1..],
        };

    public async Task<HttpResponseMessage> SendAsync(
        string host,
        string path = "/",
        HttpMethod? method = null,
        HttpContent? content = null,
        Version? version = null,
        HttpClient? client = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path) { Content = content };
        request.Headers.Host = host;
        if (version is not null)
            (request.Version, request.VersionPolicy) = (version, HttpVersionPolicy.RequestVersionExact);
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return await (client ?? Client).SendAsync(request);
    }

    public async Task<string> GetAsync(string host, string path = "/")
    {
        using var response = await SendAsync(host, path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    public static string Error(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Cf-RouterError", out var values) ? values.Single() : "";

    public Task StopAsync() => _host.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _stop.CancelAsync();
        await _emitting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _host.DisposeAsync();
        _stop.Dispose();
    }

    private int[] Ports(string uri)
    {
        Assert.True(RouteUri.TryParse(uri, out var parsed));
        return
        [
            .. Table
                .AllRoutes()
                .Where(route => route.Uri == parsed)
                .SelectMany(route => route.Backends)
                .Select(backend => backend.Identity.Port),
        ];
    }
}
