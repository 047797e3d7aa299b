using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>Metadata out of HTTP responses.</summary>
internal static class HttpMetadata
{
    public static readonly string UserAgent = $"grpc-dotnet-scheduler/{typeof(HttpMetadata).Assembly.GetName().Version?.ToString(3) ?? "1.0.0"}";

    public static Metadata Read(HttpResponseHeaders headers)
    {
        var values = headers.NonValidated;
        Metadata? metadata = null;
        foreach (var (name, each) in values)
        {
            if (WireNames.IsReserved(name))
                continue;
            foreach (var value in each)
                MetadataCodec.Read(metadata ??= [], name, value);
        }

        return metadata?.Freeze() ?? Metadata.Empty;
    }

    /// <summary>The first value of a header; null: there is none.</summary>
    public static string? Find(HttpHeaders headers, string name)
    {
        if (!headers.NonValidated.TryGetValues(name, out var values))
            return null;
        foreach (var value in values)
            return value;
        return null;
    }
}
