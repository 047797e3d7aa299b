using System.Collections.Frozen;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Scheduler.Contracts.V1;

namespace Scheduler.Contracts;

/// <summary>Whether the contract allows a call to be repeated: the option <c>idempotency_level</c> of its method.</summary>
public static class RpcSafety
{
    /// <summary>The files of the contract that define services.</summary>
    public static IReadOnlyList<FileDescriptor> ContractFiles =>
        [
            BbsApiReflection.Descriptor,
            BbsCellsReflection.Descriptor,
            BbsLocksReflection.Descriptor,
            BbsConvergenceReflection.Descriptor,
            AuctioneerReflection.Descriptor,
            RepReflection.Descriptor,
            AccessReflection.Descriptor,
            ImagesReflection.Descriptor,
        ];

    /// <summary>
    /// Whether the call changes nothing, so that it may be repeated whatever its outcome. False for methods outside the contract.
    /// </summary>
    public static bool OnlyReads(IMethod method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return Reading.Methods.Contains(method.FullName);
    }

    /// <summary>The level stated in the contract; unknown if it states none.</summary>
    public static MethodOptions.Types.IdempotencyLevel LevelOf(MethodDescriptor method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return method.GetOptions()?.IdempotencyLevel ?? MethodOptions.Types.IdempotencyLevel.IdempotencyUnknown;
    }

    /// <summary>A class of its own, so that the descriptors are loaded when somebody asks, and not before.</summary>
    private static class Reading
    {
        public static readonly FrozenSet<string> Methods = ContractDescriptors
            .Load()
            .SelectMany(file => file.Services)
            .SelectMany(service => service.Methods)
            .Where(method => LevelOf(method) == MethodOptions.Types.IdempotencyLevel.NoSideEffects)
            .Select(method => $"/{method.Service.FullName}/{method.Name}")
            .ToFrozenSet(StringComparer.Ordinal);
    }
}
