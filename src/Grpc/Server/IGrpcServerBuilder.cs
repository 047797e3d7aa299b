using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server;

/// <summary>What <c>AddGrpc</c> returns, for more of the same.</summary>
public interface IGrpcServerBuilder
{
    IServiceCollection Services { get; }
}
