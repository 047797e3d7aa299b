using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>Metadata out of HTTP responses.</summary>
internal static class HttpMetadata
{
    public static readonly string UserAgent = $"grpc-dotnet-scheduler/{typeof(HttpMetadata).Assembly.GetName().Version?.ToString(3) ?? "1.0.0"}";

    /// <summary>
    /// Adds what a caller says. The handler sends each name once, its values joined with ", "; gRPC has the values of binary headers joined
    /// with "," alone, so those are joined here. (The C core splits neither: towards it, a binary key must not be repeated.)
    /// </summary>
    public static void Write(HttpRequestHeaders headers, Metadata metadata)
    {
        foreach (var entry in metadata)
        {
            if (!MetadataCodec.IsSent(entry))
                continue;
            var value = MetadataCodec.Write(entry);
            if (entry.IsBinary && Find(headers, entry.Key) is { } before)
            {
                headers.Remove(entry.Key);
                value = before + "," + value;
            }

            headers.TryAddWithoutValidation(entry.Key, value);
        }
    }

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
