using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>What goes wrong in HTTP, as gRPC statuses. The mappings are those of the gRPC protocol documents.</summary>
internal static class HttpFailures
{
    /// <summary>The status of a response that ends with its headers, or is not gRPC at all; null: messages and trailers follow.</summary>
    public static Status? FindEnd(HttpResponseMessage response)
    {
        if (ReadStatus(response.Headers) is { } status)
            return status;
        if (response.StatusCode != HttpStatusCode.OK)
            return new Status(FromHttp(response.StatusCode), $"Bad gRPC response. HTTP status code: {(int)response.StatusCode}");
        var contentType = HttpMetadata.Find(response.Content.Headers, "Content-Type");
        return WireNames.IsGrpc(contentType)
            ? null
            : new Status(StatusCode.Unknown, $"Bad gRPC response. Invalid content-type value: {contentType ?? "none"}");
    }

    /// <summary>The status among headers or trailers; null: none.</summary>
    public static Status? ReadStatus(HttpResponseHeaders headers)
    {
        if (HttpMetadata.Find(headers, WireNames.Status) is not { } text)
            return null;
        var detail = HttpMetadata.Find(headers, WireNames.Message) is { } message ? PercentCodec.Decode(message) : "";
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            return new Status(StatusCode.Unknown, $"The server sent the grpc-status '{text}', which is no number. {detail}");
        return code > (int)StatusCode.Unauthenticated
            ? new Status(StatusCode.Unknown, $"The server sent the unknown grpc-status {code}. {detail}")
            : new Status((StatusCode)code, detail);
    }

    /// <summary>A response with an HTTP status and no gRPC status, as proxies send.</summary>
    public static StatusCode FromHttp(HttpStatusCode code) => code switch
    {
        HttpStatusCode.BadRequest => StatusCode.Internal,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.NotFound => StatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };

    /// <summary>A stream or connection that was reset.</summary>
    public static StatusCode FromReset(long code) => code switch
    {
        Http2Errors.RefusedStream => StatusCode.Unavailable,
        Http2Errors.Cancel => StatusCode.Cancelled,
        Http2Errors.EnhanceYourCalm => StatusCode.ResourceExhausted,
        Http2Errors.InadequateSecurity => StatusCode.PermissionDenied,
        >= Http2Errors.NoError and <= Http2Errors.InadequateSecurity => StatusCode.Internal,
        _ => StatusCode.Unknown,
    };

    /// <summary>An exception of the HTTP handler or of a stream that it gave.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="deadlineHasPassed">Servers reset streams whose deadline has passed with CANCEL; that is the deadline's doing.</param>
    public static Status Explain(Exception exception, bool deadlineHasPassed)
    {
        var code = Classify(exception);
        if (code == StatusCode.Cancelled && deadlineHasPassed)
            return new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded", exception);
        return new Status(code, Describe(exception), exception);
    }

    private static StatusCode Classify(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
            if (e is HttpProtocolException protocol)
                return FromReset(protocol.ErrorCode);
        return exception switch
        {
            // No connection within the time for one: nobody cancelled anything.
            OperationCanceledException { InnerException: TimeoutException } => StatusCode.Unavailable,
            OperationCanceledException => StatusCode.Cancelled,
            // There is a server, and no retry makes it speak HTTP/2.
            HttpRequestException { HttpRequestError: HttpRequestError.VersionNegotiationError } => StatusCode.Internal,
            // Not reached, not let in, or gone in the middle, handshakes included.
            HttpRequestException or IOException => StatusCode.Unavailable,
            _ => StatusCode.Internal,
        };
    }

    private static string Describe(Exception exception)
    {
        var text = $"{exception.GetType().Name}: {exception.Message}";
        for (var e = exception.InnerException; e is not null; e = e.InnerException)
            if (!text.Contains(e.Message, StringComparison.Ordinal))
                text += $" {e.GetType().Name}: {e.Message}";
        return text;
    }
}
