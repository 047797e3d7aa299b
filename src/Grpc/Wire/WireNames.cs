namespace Grpc.Wire;

/// <summary>The names of gRPC over HTTP/2.</summary>
internal static class WireNames
{
    public const string ContentType = "application/grpc";
    public const string ContentTypeHeader = "content-type";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Identity = "identity";
    public const string Gzip = "gzip";

    /// <summary>What a receiver takes if nobody says otherwise, in bytes: the usual value of gRPC implementations.</summary>
    public const int DefaultMaxReceiveMessageSize = 4 * 1024 * 1024;

    /// <summary>Whether a content type is <c>application/grpc</c>, alone or with a subtype (<c>+proto</c>) or parameters; grpc-web is not.</summary>
    public static bool IsGrpc(string? contentType)
    {
        if (contentType is null || !contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase))
            return false;
        return contentType.Length == ContentType.Length || contentType[ContentType.Length] is '+' or ';' or ' ';
    }

    /// <summary>Headers that belong to the protocol and are not shown as metadata.</summary>
    public static bool IsReserved(string name) => name.Length switch
    {
        _ when name[0] == ':' => true,
        2 => Same(name, "te"),
        4 => Same(name, "host"),
        11 => Same(name, Status),
        12 => Same(name, Message) || Same(name, Timeout) || Same(name, ContentTypeHeader),
        13 => Same(name, Encoding),
        14 => Same(name, "content-length"),
        17 => Same(name, "transfer-encoding"),
        20 => Same(name, AcceptEncoding),
        _ => false,
    };

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
