using System.Net.Sockets;

namespace Scheduler.Hosting.Channels;

/// <summary>
/// HTTP handler that makes every call without a connection fail as UNAVAILABLE. By default gRPC reports a connection timeout as a cancelled
/// call, and a refused handshake as an internal error, although nothing was sent and another address may answer.
/// </summary>
internal sealed class UnconnectedHandler(SocketsHttpHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (OperationCanceledException late) when (late.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(
                HttpRequestError.ConnectionError,
                late.InnerException.Message,
                new SocketException((int)SocketError.TimedOut)
            );
        }
        catch (HttpRequestException refused) when (refused.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            throw new HttpRequestException(
                refused.HttpRequestError,
                refused.Message,
                new IOException(refused.InnerException?.Message, refused)
            );
        }
    }
}
