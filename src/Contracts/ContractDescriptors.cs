using Google.Protobuf.Reflection;
using Scheduler.Contracts.V1;

namespace Scheduler.Contracts;

/// <summary>
/// Loads the descriptors of the contract on one thread. The library loads each when it is first used, and corrupts those that two share
/// if two threads load them at the same time; a descriptor that failed to load fails for the rest of the process.
/// </summary>
public static class ContractDescriptors
{
    private static readonly IReadOnlyList<FileDescriptor> Loaded = [.. RpcSafety.ContractFiles, ErrorReflection.Descriptor];

    /// <summary>Call it before other threads use messages. Further calls, and those that come meanwhile, wait for the first.</summary>
    /// <returns>Every file of the contract, or one that imports it.</returns>
    public static IReadOnlyList<FileDescriptor> Load() => Loaded;
}
