using Grpc.Core;
using Grpc.Core.Interceptors;
using Scheduler.Contracts.Errors;
using Scheduler.Models;

namespace Scheduler.Hosting.Roles;

/// <summary>
/// Interceptor that admits a call if the peer's certificate carries a role that <see cref="ServiceAccess"/> requires, and passes the
/// caller's identity to the service (<see cref="PeerIdentity"/>). Only on listeners with mutual TLS: a plain listener is for a single
/// machine.
/// </summary>
public sealed class RoleInterceptor : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request,
        ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation
    )
    {
        Check(context);
        return continuation(request, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation
    )
    {
        Check(context);
        return continuation(request, responseStream, context);
    }

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation
    )
    {
        Check(context);
        return continuation(requestStream, context);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation
    )
    {
        Check(context);
        return continuation(requestStream, responseStream, context);
    }

    private static void Check(ServerCallContext context)
    {
        var connection = context.GetHttpContext().Connection;
        var peer = connection.ClientCertificate is { } certificate ? PeerIdentity.Of(certificate) : PeerIdentity.None;
        peer.PutInto(context);
        var held = peer.Roles;
        var required = ServiceAccess.Required(context.Method);
        if ((held & required) == 0)
        {
            throw ErrorMapping.ToRpcException(
                new DomainError(
                    ErrorKind.PermissionDenied,
                    $"{context.Method} requires a client certificate whose organizational unit is one of "
                        + $"[{string.Join(", ", CertificateRoles.Units(required))}]; "
                        + $"yours has [{string.Join(", ", CertificateRoles.Units(held))}]"
                )
            );
        }
    }
}
