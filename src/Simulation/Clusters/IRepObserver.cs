using Scheduler.Rep.Runtime;

namespace Scheduler.Simulation.Clusters;

/// <summary>Observes what every rep of a cluster does to containers.</summary>
internal interface IRepObserver
{
    /// <summary>A rep starts or restarts.</summary>
    void Starts(RepComponent rep);

    /// <summary>A container is about to be created.</summary>
    void Creates(RepComponent rep, ContainerSpec spec, IReadOnlyList<ContainerSpec> there);

    /// <summary>The main process of a container runs; it may be the same process as before or a new one.</summary>
    void Runs(RepComponent rep, ContainerSpec spec, IContainerProcess process);

    /// <summary>A container whose main process runs is about to be stopped or destroyed.</summary>
    void Stops(RepComponent rep, ContainerInfo container, string how);
}
