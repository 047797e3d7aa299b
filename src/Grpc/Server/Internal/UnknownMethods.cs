using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Answers gRPC calls to paths that nobody serves with Unimplemented; other requests to such paths are left alone.</summary>
internal static class UnknownMethods
{
    private const string Service = "unimplementedService";
    private const string Method = "unimplementedMethod";

    public static void Map(IEndpointRouteBuilder endpoints, MappedServices mapped)
    {
        var pattern = RoutePatternFactory.Parse(
            $"{{{Service}}}/{{{Method}}}",
            defaults: null,
            parameterPolicies: new RouteValueDictionary { [Service] = new GrpcOnly() });
        endpoints.Map(pattern, context => Answer(context, mapped))
            .WithDisplayName("gRPC - Unimplemented")
            .WithMetadata(new HttpMethodMetadata(["POST"], acceptCorsPreflight: true))
            .Add(static endpoint => ((RouteEndpointBuilder)endpoint).Order = int.MaxValue);
    }

    private static Task Answer(HttpContext context, MappedServices mapped)
    {
        if (!CallHandler.IsGrpcRequest(context))
            return Task.CompletedTask;
        var service = (string)context.Request.RouteValues[Service]!;
        var detail = mapped.Contains(service)
            ? $"The service {service} has no method {context.Request.RouteValues[Method]}."
            : $"The service {service} is not served here.";
        context.Response.ContentType = WireNames.ContentType;
        Trailers.Write(context.Response, hasBody: false, new Status(StatusCode.Unimplemented, detail), null);
        return Task.CompletedTask;
    }

    private sealed class GrpcOnly : IRouteConstraint
    {
        public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
            httpContext is not null && WireNames.IsGrpc(httpContext.Request.ContentType);
    }
}
