using System.Net.Sockets;

namespace Scheduler.Hosting.Channels;

/// <summary>
/// Lets every call for which no connection came about fail as UNAVAILABLE. As the framework tells them, gRPC takes a connection that was
/// not made in time for a cancelled call, and a handshake that ended with a refusal for an internal error. But nothing was sent, and
/// another address may answer.
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
            throw new HttpRequestException(HttpRequestError.ConnectionError, late.InnerException.Message, new SocketException((int)SocketError.TimedOut));
        }
        catch (HttpRequestException refused) when (refused.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            throw new HttpRequestException(refused.HttpRequestError, refused.Message, new IOException(refused.InnerException?.Message, refused));
        }
    }
}
