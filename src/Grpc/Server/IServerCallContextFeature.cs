using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>On the <see cref="Microsoft.AspNetCore.Http.HttpContext"/> of a call: the call.</summary>
public interface IServerCallContextFeature
{
    ServerCallContext ServerCallContext { get; }
}
