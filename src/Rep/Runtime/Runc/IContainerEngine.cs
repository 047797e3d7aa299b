using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// What starts the containers and processes of prepared bundles, and forgets them. Its processes outlive the rep, and so does what it knows
/// of them. The runtime serializes calls about the same container.
/// </summary>
internal interface IContainerEngine
{
    /// <summary>As in <c>--runtime</c>.</summary>
    string Name { get; }

    /// <summary>Whether it can start a container with its main process, in a pid namespace that is there before and after it.</summary>
    bool JoinsPidNamespaces { get; }

    /// <summary>Where runc has its state of the containers: processes with somebody attached are started by runc itself.</summary>
    string RuncRoot { get; }

    /// <summary>The container's name there.</summary>
    string NameOf(string handle);

    /// <summary>Checks what the machine lacks for it.</summary>
    /// <exception cref="ContainerRuntimeException">Says what, and what to do.</exception>
    Task CheckAsync(CancellationToken cancellation);

    /// <summary>Whether it has started that container.</summary>
    bool IsStarted(string handle);

    /// <summary>Starts a container with the process in its bundle's configuration, which has no streams and only waits.</summary>
    Task<ProcessIdentity> RunWaitingAsync(ContainerRecord record, ContainerPaths paths, CancellationToken cancellation);

    /// <summary>The process with that id if it was ever started, else null; cleans up after a failed start.</summary>
    Task<SupervisedProcess?> FindAsync(string handle, string id, ContainerPaths container, CancellationToken cancellation);

    /// <summary>Starts a process. Its output goes to <see cref="ProcessPaths.Log"/>, in the form of conmon.</summary>
    /// <param name="first">The container has not been started, and is to be started with this process.</param>
    /// <exception cref="ProcessStartException">It could not be started; the message explains why.</exception>
    Task<SupervisedProcess> StartAsync(
        string id,
        ContainerRecord record,
        ContainerPaths container,
        ProcessSpec spec,
        bool first,
        CancellationToken cancellation
    );

    /// <summary>Forgets a container, whose first process was killed; kills what may be left of it. Succeeds if there is none.</summary>
    Task RemoveAsync(string handle, CancellationToken cancellation);

    /// <summary>Removes what the cell's containers shared.</summary>
    Task CleanUpAsync(CancellationToken cancellation);
}
