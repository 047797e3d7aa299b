using System.Globalization;
using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The end of a response: as HTTP trailers, or in the headers if nothing was sent before ("trailers-only").</summary>
internal static class Trailers
{
    private static readonly string[] Codes = [.. Enumerable.Range(0, 17).Select(static code => code.ToString(CultureInfo.InvariantCulture))];

    /// <param name="response">The response.</param>
    /// <param name="hasBody">Whether messages have been written, even if nothing has been sent yet.</param>
    /// <param name="status">How the call ends.</param>
    /// <param name="metadata">What else is said at the end.</param>
    public static void Write(HttpResponse response, bool hasBody, in Status status, Metadata? metadata)
    {
        var target = hasBody || response.HasStarted
            ? response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers
              ?? throw new InvalidOperationException("Trailers are not supported for this response. The server may not support gRPC.")
            : response.Headers;
        if (metadata is not null)
            WriteMetadata(target, metadata);
        target.GrpcStatus = Code(status.StatusCode);
        if (status.Detail.Length > 0)
            target.GrpcMessage = PercentCodec.Encode(status.Detail);
    }

    public static void WriteMetadata(IHeaderDictionary target, Metadata metadata)
    {
        foreach (var entry in metadata)
            if (MetadataCodec.IsSent(entry))
                target.Append(entry.Key, MetadataCodec.Write(entry));
    }

    private static string Code(StatusCode code) =>
        (uint)code < (uint)Codes.Length ? Codes[(int)code] : ((int)code).ToString(CultureInfo.InvariantCulture);
}
