using Grpc.Core;

namespace Grpc.Wire;

/// <summary>The ways in which the transport itself ends a call.</summary>
internal static class Failure
{
    public static RpcException Internal(string detail, Exception? cause = null) => new(new Status(StatusCode.Internal, detail, cause));

    public static RpcException Unimplemented(string detail) => new(new Status(StatusCode.Unimplemented, detail));

    public static RpcException TooLong(string verb, long length, int limit) =>
        new(new Status(StatusCode.ResourceExhausted, $"{verb} message of {length} bytes exceeds the maximum of {limit} bytes."));

    public static RpcException Truncated() => Internal("The stream ended inside a message.");

    public static RpcException BadHeader(string key, Exception cause) => Internal($"The value of header {key} is not base64.", cause);
}
