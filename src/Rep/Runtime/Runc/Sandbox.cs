using Scheduler.Rep.Networking.Links;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// What a container needs before its files: namespaces, user ids and an address. It does not depend on what will run, so it can be made
/// ahead.
/// </summary>
internal sealed record Sandbox
{
    /// <summary>Unique on the machine; the network knows the container by it.</summary>
    public required string Id { get; init; }

    /// <summary>Null: it has no user namespace and no process.</summary>
    public UserIds? Users { get; init; }

    /// <summary>The first process of its pid namespace; none if its container makes its own.</summary>
    public ProcessIdentity Pause { get; init; }

    /// <summary>Null until it is connected.</summary>
    public ContainerLink? Link { get; init; }
}
