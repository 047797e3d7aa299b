using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Scheduler.Router.Proxy;

/// <summary>Whether another backend may get a request that failed at one.</summary>
internal enum AttemptFailure
{
    MayRepeat,
    Final,
}

internal static class AttemptFailures
{
    /// <summary>No connection was made, so the backend has seen nothing of the request, and nothing of its body has been read.</summary>
    public static bool IsConnectionRefused(ForwarderError error, Exception? exception) =>
        error == ForwarderError.Request
        && (exception as HttpRequestException)?.HttpRequestError
            is HttpRequestError.ConnectionError
                or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError;

    /// <summary>
    /// The connection broke before any of the answer went to the client; the backend may have acted on the request. The backend may even
    /// have sent the headers: they wait for the first bytes of the body.
    /// </summary>
    public static bool IsLostAnswer(ForwarderError error, Exception? exception) =>
        error == ForwarderError.ResponseBodyDestination
        || (
            error == ForwarderError.Request
            && (
                exception is IOException
                || exception
                    is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded or HttpRequestError.HttpProtocolError }
                || exception is HttpRequestException { InnerException: IOException }
            )
        );

    /// <summary>The status for a request whose body was refused while it was read; null if that is not what happened.</summary>
    public static int? BadBodyStatus(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is BadHttpRequestException bad)
                return bad.StatusCode;
        }

        return null;
    }
}
