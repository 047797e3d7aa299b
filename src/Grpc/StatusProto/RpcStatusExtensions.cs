
namespace Grpc.Core;

/// <summary>From a status with details to what a service method throws.</summary>
public static class RpcStatusExtensions
{
    public static RpcException ToRpcException(this Google.Rpc.Status status)
    {
        ArgumentNullException.ThrowIfNull(status);
        return status.ToRpcException((StatusCode)status.Code, status.Message);
    }

    /// <param name="status">The status that goes into the trailer.</param>
    /// <param name="statusCode">The code for clients that do not read details.</param>
    /// <param name="message">The text for clients that do not read details.</param>
    public static RpcException ToRpcException(this Google.Rpc.Status status, StatusCode statusCode, string message)
    {
        var trailers = new Metadata();
        trailers.SetRpcStatus(status);
        return new RpcException(new Status(statusCode, message), trailers);
    }
}

/// <summary>From what a client call threw to the status with details.</summary>
public static class RpcExceptionExtensions
{
    /// <summary>The status with details that the server sent; null: none.</summary>
    public static Google.Rpc.Status? GetRpcStatus(this RpcException ex)
    {
        ArgumentNullException.ThrowIfNull(ex);
        return ex.Trailers.GetRpcStatus();
    }
}
