using Scheduler.Rep.Runtime;

namespace Scheduler.Simulation.Machines;

/// <summary>Sees what a rep does to containers, before it is done.</summary>
internal interface IContainerObserver
{
    void Creates(ContainerSpec spec, IReadOnlyList<ContainerInfo> there);

    /// <summary>A container's main process is about to be started.</summary>
    void Runs(ContainerInfo container);

    /// <summary>A container whose main process runs is stopped or destroyed.</summary>
    void Stops(ContainerInfo container, string how);
}
