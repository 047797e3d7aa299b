using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Serves the calls of one method.</summary>
internal abstract class CallHandler(IMethod method, MethodOptions options, ILogger logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (!IsGrpcRequest(context))
            return;
        var call = new ServerCall(context, method, options, logger);
        Status status;
        try
        {
            call.Start(method.Type is MethodType.ClientStreaming or MethodType.DuplexStreaming);
            await ServeAsync(call);
            status = call.Status;
        }
        catch (Exception e)
        {
            status = call.Explain(e);
        }

        await call.EndAsync(status);
    }

    /// <summary>Whether a request is gRPC at all; if not, it has been answered in plain HTTP.</summary>
    public static bool IsGrpcRequest(HttpContext context)
    {
        var request = context.Request;
        if (!WireNames.IsGrpc(request.ContentType))
        {
            Refuse(context, StatusCodes.Status415UnsupportedMediaType, $"Content-Type '{request.ContentType}' is not supported.");
            return false;
        }

        if (!HttpProtocol.IsHttp2(request.Protocol) && !HttpProtocol.IsHttp3(request.Protocol))
        {
            Refuse(context, StatusCodes.Status426UpgradeRequired, $"Request protocol '{request.Protocol}' is not supported.");
            context.Response.Headers.Upgrade = "HTTP/2";
            return false;
        }

        return true;
    }

    protected abstract Task ServeAsync(ServerCall call);

    private static void Refuse(HttpContext context, int httpStatus, string detail)
    {
        context.Response.StatusCode = httpStatus;
        Trailers.Write(context.Response, hasBody: false, new Status(StatusCode.Internal, detail), null);
    }
}
