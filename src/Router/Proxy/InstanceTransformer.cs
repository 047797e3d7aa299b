using Microsoft.AspNetCore.Http;
using Scheduler.Router.Table;
using Yarp.ReverseProxy.Forwarder;

namespace Scheduler.Router.Proxy;

/// <summary>Changes the headers of one request on its way to an instance, and those of the answer on its way back.</summary>
internal sealed class InstanceTransformer(RequestRules rules, RoutePool route, Backend backend, string requestId, string preferredInstance)
    : HttpTransformer
{
    public const string RequestId = "X-Vcap-Request-Id";

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext,
        HttpRequestMessage proxyRequest,
        string destinationPrefix,
        CancellationToken cancellationToken
    )
    {
        // Copies the headers of the client, Host included and those of its connection excluded.
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var headers = proxyRequest.Headers;
        rules.Forwarded.Apply(httpContext, headers);
        Set(RequestId, requestId);
        Set("X-CF-ApplicationID", backend.Identity.App);
        Set("X-CF-InstanceID", backend.Identity.InstanceId);
        Set("X-CF-InstanceIndex", backend.Identity.InstanceIndex);

        void Set(string name, string value)
        {
            headers.Remove(name);
            if (value.Length > 0)
                headers.TryAddWithoutValidation(name, value);
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext,
        HttpResponseMessage? proxyResponse,
        CancellationToken cancellationToken
    )
    {
        var hasBody = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse is null)
            return hasBody;
        var response = httpContext.Response;
        // Only the router speaks for the router.
        response.Headers.Remove(RouterError.Header);
        response.Headers[RequestId] = requestId;
        rules.Sticky.Apply(response, preferredInstance, backend.Identity.InstanceId, route.Uri.Path, FrontConnection.IsTls(httpContext));
        return hasBody;
    }
}

/// <summary>What all requests have in common.</summary>
internal sealed record RequestRules(ForwardedHeaders Forwarded, StickySession Sticky);
