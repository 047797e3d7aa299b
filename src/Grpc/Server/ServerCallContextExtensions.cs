using Grpc.AspNetCore.Server.Internal;
using Microsoft.AspNetCore.Http;

namespace Grpc.Core;

/// <summary>From the call to HTTP.</summary>
public static class ServerCallContextExtensions
{
    /// <summary>The key in <see cref="ServerCallContext.UserState"/> under which contexts made by tests hold theirs.</summary>
    internal const string HttpContextKey = "__HttpContext";

    /// <summary>The HTTP request that carries the call.</summary>
    /// <exception cref="InvalidOperationException">The context belongs to no HTTP request.</exception>
    public static HttpContext GetHttpContext(this ServerCallContext serverCallContext)
    {
        ArgumentNullException.ThrowIfNull(serverCallContext);
        if (serverCallContext is ServerCall call)
            return call.HttpContext;
        return serverCallContext.UserState.TryGetValue(HttpContextKey, out var found) && found is HttpContext http
            ? http
            : throw new InvalidOperationException("Could not get HttpContext from ServerCallContext. HttpContext can only be accessed when gRPC services are hosted by ASP.NET Core.");
    }
}
