namespace Scheduler.Rep.Runtime;

/// <summary>What runs a cell's containers: the drivers behind <see cref="IContainerRuntime"/>.</summary>
public enum RuntimeKind
{
    /// <summary>The first that this machine has, in the order of this list.</summary>
    Auto,

    /// <summary>runc, and conmon for each process.</summary>
    Runc,

    Containerd,

    Docker,

    /// <summary>Containers exist only in memory.</summary>
    Simulated,
}
