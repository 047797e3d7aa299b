using Microsoft.AspNetCore.Http;
using Scheduler.Router.Table;

namespace Scheduler.Router.Proxy;

/// <summary>An answer of the router itself. Programs recognise it by a header and people by the text.</summary>
/// <param name="Name">Value of <c>X-Cf-RouterError</c>; those that gorouter has are gorouter's.</param>
internal sealed record RouterError(int Status, string Name, string Text)
{
    public const string Header = "X-Cf-RouterError";

    public static readonly RouterError Overloaded = new(
        StatusCodes.Status503ServiceUnavailable,
        "overloaded",
        "503 Service Unavailable: The router has as many requests as it can serve."
    );

    public static readonly RouterError BadTarget = new(
        StatusCodes.Status400BadRequest,
        "bad_request",
        "400 Bad Request: This is no proxy. Requests need a path, and CONNECT is only for WebSockets."
    );

    public static readonly RouterError EmptyHost = new(
        StatusCodes.Status400BadRequest,
        "empty_host",
        "400 Bad Request: Request had empty Host header."
    );

    public static readonly RouterError BadInstance = new(
        StatusCodes.Status400BadRequest,
        "invalid_cf_app_instance_header",
        "400 Bad Request: X-CF-App-Instance must be GUID:INDEX."
    );

    public static readonly RouterError EndpointFailure = new(
        StatusCodes.Status502BadGateway,
        "endpoint_failure",
        "502 Bad Gateway: Registered endpoint failed to handle the request."
    );

    public static readonly RouterError EndpointTimeout = new(
        StatusCodes.Status504GatewayTimeout,
        "endpoint_failure",
        "504 Gateway Timeout: Registered endpoint did not answer in time."
    );

    public static RouterError UnknownRoute(string route) =>
        new(StatusCodes.Status404NotFound, "unknown_route", $"404 Not Found: Requested route ('{route}') does not exist.");

    public static RouterError Of(PickFailure failure, string route) =>
        failure switch
        {
            PickFailure.NoEndpoints => new(
                StatusCodes.Status503ServiceUnavailable,
                "no_endpoints",
                $"503 Service Unavailable: Requested route ('{route}') has no available endpoints."
            ),
            PickFailure.AllBusy => new(
                StatusCodes.Status503ServiceUnavailable,
                "Connection limit reached",
                $"503 Service Unavailable: Every instance of '{route}' has as many requests as allowed."
            ),
            _ => EndpointFailure,
        };

    public static RouterError NeedsRouteService(string route) =>
        new(
            StatusCodes.Status502BadGateway,
            "route_service_unsupported",
            $"502 Bad Gateway: Requested route ('{route}') needs a route service, which this router does not support."
        );

    /// <summary>A body that was too long, too slow or malformed.</summary>
    public static RouterError BadBody(int status) => new(status, "bad_request", $"{status} The request's body was not accepted.");

    public Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        // An attempt may have left its own.
        response.Clear();
        response.StatusCode = Status;
        response.Headers[Header] = Name;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-cache, no-store";
        response.ContentType = "text/plain; charset=utf-8";
        if (Status == StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = "1";
        // Whatever else comes on a connection with an ambiguous request is better not read.
        if (Status == StatusCodes.Status400BadRequest && HttpProtocol.IsHttp11(context.Request.Protocol))
            response.Headers.Connection = "close";
        return response.WriteAsync(Text + "\n", context.RequestAborted);
    }
}
