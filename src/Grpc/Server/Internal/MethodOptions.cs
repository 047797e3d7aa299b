using System.IO.Compression;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The options in force for the methods of a service.</summary>
internal sealed class MethodOptions
{
    public required int? MaxSend { get; init; }

    public required int? MaxReceive { get; init; }

    public required bool DetailedErrors { get; init; }

    public required string? ResponseEncoding { get; init; }

    public required CompressionLevel? ResponseLevel { get; init; }

    public required CompressionProviders Providers { get; init; }

    public required InterceptorRegistration[] Interceptors { get; init; }

    public required TimeProvider Time { get; init; }

    public static MethodOptions From(GrpcServiceOptions all, GrpcServiceOptions service, TimeProvider time)
    {
        var providers = new CompressionProviders([.. all.CompressionProviders, .. service.CompressionProviders]);
        var encoding = service.ResponseCompressionAlgorithm ?? all.ResponseCompressionAlgorithm;
        if (encoding is not null && !providers.Knows(encoding))
            throw new InvalidOperationException($"The configured response compression algorithm '{encoding}' does not have a matching compression provider.");
        return new MethodOptions
        {
            MaxSend = service.MaxSendMessageSizeSpecified ? service.MaxSendMessageSize : all.MaxSendMessageSize,
            MaxReceive = service.MaxReceiveMessageSizeSpecified ? service.MaxReceiveMessageSize
                : all.MaxReceiveMessageSizeSpecified ? all.MaxReceiveMessageSize
                : WireNames.DefaultMaxReceiveMessageSize,
            DetailedErrors = service.EnableDetailedErrors ?? all.EnableDetailedErrors ?? false,
            ResponseEncoding = encoding,
            ResponseLevel = service.ResponseCompressionLevel ?? all.ResponseCompressionLevel,
            Providers = providers,
            Interceptors = [.. all.Interceptors, .. service.Interceptors],
            Time = time,
        };
    }
}
