using Google.Protobuf.Reflection;
using Grpc.Core;
using Scheduler.Contracts;
using Scheduler.Hosting.Roles;

namespace Scheduler.Tests.TestKit.Hostile;

/// <summary>One method of the contract, called with bytes instead of messages.</summary>
public sealed record FuzzedMethod(MethodDescriptor Descriptor)
{
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(bytes => bytes, bytes => bytes);

    public Method<byte[], byte[]> Method { get; } =
        new(
            Descriptor.IsServerStreaming ? MethodType.ServerStreaming : MethodType.Unary,
            Descriptor.Service.FullName,
            Descriptor.Name,
            Raw,
            Raw
        );

    public PeerRoles Required { get; } = ServiceAccess.Required($"/{Descriptor.Service.FullName}/{Descriptor.Name}");

    /// <summary>Every method except <c>Evacuate</c>, which has no fields and permanently empties its cell on any call.</summary>
    public static IReadOnlyList<FuzzedMethod> All { get; } =
    [
        .. RpcSafety
            .ContractFiles.SelectMany(file => file.Services)
            .SelectMany(service => service.Methods)
            .Where(method => method.Name != "Evacuate")
            .Select(method => new FuzzedMethod(method)),
    ];
}
