using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Scheduler.Router.Table;
using Yarp.ReverseProxy.Forwarder;

namespace Scheduler.Router.Proxy;

/// <summary>Serves one request: finds its route, sends it to a backend, and to another one if that is known to be safe.</summary>
internal sealed class RequestHandler(
    RouterOptions options,
    RoutingTable table,
    RouterClock clock,
    RequestCount underWay,
    RouterMetrics metrics,
    IHttpForwarder forwarder,
    InstanceConnections connections,
    Func<Guid> newRequestId,
    ILogger<RequestHandler> logger
)
{
    private const string AppInstance = "X-CF-App-Instance";

    private readonly PickRules _pick = new(options.Balancing, options.MaxRequestsPerInstance);
    private readonly RequestRules _rules = new(new ForwardedHeaders(options.TrustedProxies), new StickySession([.. options.StickyCookies]));

    /// <summary>Receives a line for each request; null for none.</summary>
    public AccessLog? AccessLog { get; set; }

    /// <summary>Whether the router is about to stop listening, so that clients should connect elsewhere.</summary>
    public bool IsDraining { get; set; }

    public async Task HandleAsync(HttpContext context)
    {
        var visit = new Visit(context, newRequestId().ToString(), clock.Time.GetTimestamp());
        metrics.Requests.Add(1);
        var others = underWay.Begin();
        try
        {
            if (IsDraining && HttpProtocol.IsHttp11(context.Request.Protocol))
                context.Response.Headers.Connection = "close";
            if (others >= options.Limits.MaxRequests)
            {
                metrics.Overloads.Add(1);
                await visit.RefuseAsync(RouterError.Overloaded);
            }
            else
            {
                await RouteAsync(visit);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to read the refusal.
        }
        finally
        {
            underWay.End();
            Record(visit);
        }
    }

    private async Task RouteAsync(Visit visit)
    {
        var request = visit.Context.Request;
        if (!HasTarget(visit.Context))
        {
            await visit.RefuseAsync(RouterError.BadTarget);
            return;
        }

        visit.Host = RouteUri.HostOf(request.Host.Value).ToString();
        if (visit.Host.Length == 0)
        {
            await visit.RefuseAsync(RouterError.EmptyHost);
            return;
        }

        if (table.Find(visit.Host, request.Path.Value) is not { } route)
        {
            metrics.Rejected.Add(1);
            await visit.RefuseAsync(RouterError.UnknownRoute(visit.Route));
        }
        else if (route.NeedsRouteService)
        {
            await visit.RefuseAsync(RouterError.NeedsRouteService(visit.Route));
        }
        else
        {
            if (IsGrpc(request))
                AllowSilence(visit.Context);
            await ServeAsync(visit, route);
        }
    }

    private async Task ServeAsync(Visit visit, RoutePool route)
    {
        var request = visit.Context.Request;
        var wanted = request.Headers[AppInstance].ToString().Split(':');
        if (wanted is not ([""] or [{ Length: > 0 }, { Length: > 0 }]))
        {
            await visit.RefuseAsync(RouterError.BadInstance);
            return;
        }

        var preferred = _rules.Sticky.Preferred(request);
        while (true)
        {
            var pick =
                wanted.Length == 2
                    ? route.TakeInstance(wanted[0], wanted[1], _pick, visit.Tried)
                    : route.Take(preferred, visit.Tried, _pick, clock.Now);
            if (pick.Backend is not { } backend)
            {
                await RefuseAsync(visit, pick.Failure, wanted.Length == 2);
                return;
            }

            visit.Backend = backend;
            if (++visit.Attempts > 1)
                metrics.Retries.Add(1);
            if (await SendAsync(visit, route, backend, preferred) is not { } failure)
                return;
            if (failure != AttemptFailure.MayRepeat || visit.Attempts >= options.MaxAttempts)
            {
                await FailAsync(visit);
                return;
            }

            visit.HasFailed(backend);
            visit.Context.Response.Clear();
        }
    }

    /// <returns>Null if the client has its answer, or part of one, or is gone.</returns>
    private async Task<AttemptFailure?> SendAsync(Visit visit, RoutePool route, Backend backend, string preferred)
    {
        var context = visit.Context;
        ForwarderError error;
        try
        {
            var transformer = new InstanceTransformer(_rules, route, backend, visit.RequestId, preferred);
            error = await forwarder.SendAsync(
                context,
                backend.Url,
                connections.Invoker,
                connections.Config(backend.Identity.IsHttp2),
                transformer
            );
        }
        finally
        {
            backend.End();
        }

        visit.IsUpgrade = context.Response.StatusCode == StatusCodes.Status101SwitchingProtocols;
        if (error == ForwarderError.None || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
            return null;
        var exception = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        if (AttemptFailures.IsConnectionRefused(error, exception))
        {
            backend.SetAside(clock.Now + options.SetAsideTime);
            logger.SetAside(backend.Url, route.Uri.ToString(), exception!.Message);
            return AttemptFailure.MayRepeat;
        }

        return AttemptFailures.IsLostAnswer(error, exception) && IsRepeatable(context) ? AttemptFailure.MayRepeat : AttemptFailure.Final;
    }

    private async Task RefuseAsync(Visit visit, PickFailure failure, bool isOneInstanceWanted)
    {
        if (failure == PickFailure.AllBusy)
            metrics.Exhausted.Add(1);
        if (failure == PickFailure.AllTried)
            await FailAsync(visit);
        else if (isOneInstanceWanted && failure == PickFailure.NoEndpoints)
            await visit.RefuseAsync(RouterError.UnknownRoute(visit.Route));
        else
            await visit.RefuseAsync(RouterError.Of(failure, visit.Route));
    }

    private async Task FailAsync(Visit visit)
    {
        var failure = visit.Context.Features.Get<IForwarderErrorFeature>();
        if (AttemptFailures.BadBodyStatus(failure?.Exception) is { } status)
        {
            await visit.RefuseAsync(RouterError.BadBody(status));
            return;
        }

        metrics.BadGateways.Add(1);
        await visit.RefuseAsync(
            failure?.Error == ForwarderError.RequestTimedOut ? RouterError.EndpointTimeout : RouterError.EndpointFailure
        );
    }

    private void Record(Visit visit)
    {
        var (request, response) = (visit.Context.Request, visit.Context.Response);
        var status = response.HasStarted || !visit.Context.RequestAborted.IsCancellationRequested ? response.StatusCode : 0;
        var duration = clock.Time.GetElapsedTime(visit.Started);
        metrics.Answered(status);
        if (visit.IsUpgrade)
            metrics.Upgrades.Add(1);
        else
            metrics.Latency.Record(duration.TotalSeconds);
        AccessLog?.Add(
            new AccessLine
            {
                Time = clock.Time.GetUtcNow() - duration,
                RequestId = visit.RequestId,
                Host = visit.Host,
                Method = request.Method,
                Path = request.Path.Value ?? "",
                Protocol = request.Protocol,
                Client = visit.Context.Connection.RemoteIpAddress?.ToString() ?? "",
                Status = status,
                Error = visit.Error?.Name ?? "",
                Duration = duration,
                Attempts = visit.Attempts,
                Backend = visit.Backend?.Url ?? "",
                App = visit.Backend?.Identity.App ?? "",
                Instance = visit.Backend?.Identity.InstanceId ?? "",
            }
        );
    }

    // CONNECT and OPTIONS * name no path. The CONNECT of a WebSocket over HTTP/2 does.
    private static bool HasTarget(HttpContext context) =>
        context.Request.Path.HasValue
        && (
            !HttpMethods.IsConnect(context.Request.Method) || context.Features.Get<IHttpExtendedConnectFeature>()?.IsExtendedConnect == true
        );

    // Repeating these is safe by definition of their methods, and without a body nothing has to be sent again.
    private static bool IsRepeatable(HttpContext context) =>
        (
            HttpMethods.IsGet(context.Request.Method)
            || HttpMethods.IsHead(context.Request.Method)
            || HttpMethods.IsOptions(context.Request.Method)
        )
        && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != true;

    private static bool IsGrpc(HttpRequest request) =>
        request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    private static void AllowSilence(HttpContext context)
    {
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
    }
}
