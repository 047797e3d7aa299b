using Scheduler.Rep.Runtime;

namespace Scheduler.Simulation.Machines;

/// <summary>Observes what a rep does to containers.</summary>
internal interface IContainerObserver
{
    /// <summary>A container is about to be created.</summary>
    void Creates(ContainerSpec spec, IReadOnlyList<ContainerSpec> there);

    /// <summary>The main process of a container runs; it may be the same process as before or a new one.</summary>
    void Runs(ContainerSpec spec, IContainerProcess process);

    /// <summary>A container whose main process runs is about to be stopped or destroyed.</summary>
    void Stops(ContainerInfo container, string how);
}
