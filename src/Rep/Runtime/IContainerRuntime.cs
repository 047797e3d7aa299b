namespace Scheduler.Rep.Runtime;

/// <summary>
/// The interface between a cell and its container runtime. Containers and their processes outlive the rep: the runtime keeps its state
/// on disk, so a new rep process on the same state directory finds all of them again, including exit codes and output. All methods are
/// thread-safe; the runtime serializes calls about the same container.
/// </summary>
/// <remarks>
/// Failures: <see cref="Models.DomainException"/> if the request is at fault (unknown handle, unknown user, bad image, port range
/// exhausted, …), <see cref="ContainerRuntimeException"/> if the machine is (a program failed, a mount was refused). Neither leaves
/// anything partial behind.
/// </remarks>
public interface IContainerRuntime : IAsyncDisposable
{
    /// <summary>
    /// Checks everything that a container needs (programs, plugins, cgroups, overlay mounts), adopts the containers that an earlier rep
    /// left, and removes partly created ones. Call once, before any other method.
    /// </summary>
    /// <exception cref="ContainerRuntimeException">Names what is missing, where it was looked for and which package contains
    /// it.</exception>
    Task PreflightAsync(CancellationToken cancellation);

    /// <summary>True when root in a container is root on the host; known after <see cref="PreflightAsync"/>.</summary>
    bool IsWithoutUserNamespaces => false;

    /// <summary>The images that the runtime keeps, after <see cref="PreflightAsync"/>; null for a runtime that keeps none.</summary>
    ICellImages? Images => null;

    /// <summary>
    /// Creates a container, runs <c>/bin/true</c> (or the given program) in it and destroys it: Diego's runtime health check.
    /// </summary>
    Task CheckHealthAsync(string rootFs, ProcessSpec probe, CancellationToken cancellation);

    /// <summary>
    /// Creates a container in which no process of the caller runs yet. Idempotent by handle: a repeated call with an equal specification
    /// returns the existing container; with a different one it fails with <see cref="Models.ErrorKind.ResourceConflict"/>.
    /// </summary>
    Task<ContainerInfo> CreateAsync(ContainerSpec spec, CancellationToken cancellation);

    /// <summary>
    /// Starts a process in a container under an id chosen by the caller, and returns once it runs. Idempotent by id, across restarts of the
    /// rep: if the id was started before, running or ended, the call attaches to that process and never starts it again.
    /// </summary>
    /// <param name="processId">1 to 128 characters of <c>A-Z a-z 0-9 _ . -</c>; unique within the container.</param>
    /// <exception cref="ProcessStartException">The process could not be started: no such program, directory or user.</exception>
    Task<IContainerProcess> StartProcessAsync(string handle, string processId, ProcessSpec spec, CancellationToken cancellation);

    /// <summary>The process with that id if it was ever started, otherwise null. Starts nothing.</summary>
    Task<IContainerProcess?> FindProcessAsync(string handle, string processId, CancellationToken cancellation);

    /// <summary>Starts a process in a container with somebody attached to it, under the same restrictions as any other.</summary>
    /// <param name="terminal">The size of the terminal that its streams are; null: they are pipes.</param>
    /// <exception cref="ProcessStartException">The process could not be started: no such program, directory or user.</exception>
    Task<IAttachedProcess> AttachAsync(string handle, ProcessSpec spec, TerminalSize? terminal, CancellationToken cancellation) =>
        Task.FromException<IAttachedProcess>(
            new Models.DomainError(Models.ErrorKind.InvalidStateTransition, "exec is not supported by this runtime").ToException()
        );

    /// <summary>Path of a busybox that the runtime provides in each container; null: a container has only what is in its image.</summary>
    string? Busybox => null;

    /// <summary>The container with that handle, or null.</summary>
    Task<ContainerInfo?> GetAsync(string handle, CancellationToken cancellation);

    /// <summary>All containers of this cell, including those created by earlier rep processes.</summary>
    Task<IReadOnlyList<ContainerInfo>> ListAsync(CancellationToken cancellation);

    /// <summary>
    /// Kills everything that runs in the container and removes all of its resources: processes, mounts, network, ports, cgroup, files.
    /// Idempotent; an unknown handle succeeds. If it throws, call it again to continue.
    /// </summary>
    Task DestroyAsync(string handle, CancellationToken cancellation);

    /// <summary>The content of a regular file as seen by a process in the container; symbolic links cannot lead outside.</summary>
    /// <param name="path">Absolute path inside the container.</param>
    /// <param name="maxBytes">A larger file is refused with <see cref="Models.ErrorKind.InvalidRequest"/>.</param>
    Task<byte[]> ReadFileAsync(string handle, string path, int maxBytes, CancellationToken cancellation);

    /// <summary>The container's current resource usage.</summary>
    Task<ContainerMetrics> MetricsAsync(string handle, CancellationToken cancellation);

    /// <summary>
    /// Text that says that a container has used up its disk limit, or was killed for that, to append to its failure reason. Null if it has
    /// not, and for an unknown handle.
    /// </summary>
    Task<string?> DiskShortageAsync(string handle, CancellationToken cancellation);

    /// <summary>
    /// The output of a process line by line, oldest first. A line longer than <see cref="LogLine.MaxBytes"/> arrives in pieces cut at
    /// UTF-8 boundaries; empty lines are omitted. The log is bounded: when it is full it starts over, and a reader that has not caught up
    /// loses the rest.
    /// </summary>
    /// <param name="from"><see cref="LogCursor.Start"/>, or the <see cref="LogLine.Next"/> of the last line already seen.</param>
    /// <param name="follow">True: wait for more until the process has ended and all of its output was read.</param>
    IAsyncEnumerable<LogLine> LogsAsync(string handle, string processId, LogCursor from, bool follow, CancellationToken cancellation);

    /// <summary>
    /// Destroys every container of this cell and removes what they shared: the bridge, packet filter rules, cgroup parent.
    /// </summary>
    Task CleanUpAsync(CancellationToken cancellation);
}
