namespace Scheduler.Rep.Runtime;

/// <summary>
/// The seam between a cell and whatever runs its containers. Containers and their processes outlive the rep: what a
/// runtime knows of them is on disk, so a new rep process over the same state directory finds them all again, exit
/// codes and output included. Every method may be called at the same time as any other; calls about one container
/// are put in order by the runtime.
/// </summary>
/// <remarks>
/// Failures: <see cref="Models.DomainException"/> when the caller asked for something wrong (unknown handle, unknown
/// user, bad image, port range used up, …), <see cref="ContainerRuntimeException"/> when the machine did not do what
/// it should (a program failed, a mount was refused); both leave nothing half-made behind.
/// </remarks>
public interface IContainerRuntime : IAsyncDisposable
{
    /// <summary>
    /// Checks everything that a container needs (programs, plugins, cgroups, overlay mounts), takes up the containers that
    /// an earlier rep left, and removes what only half of was made. Called once, before any other method.
    /// </summary>
    /// <exception cref="ContainerRuntimeException">Names what is missing, where it was looked for and which package has it.</exception>
    Task PreflightAsync(CancellationToken cancellation);

    /// <summary>True when root in a container is root on the host; known after <see cref="PreflightAsync"/>.</summary>
    bool IsWithoutUserNamespaces => false;

    /// <summary>Makes a container, runs <c>/bin/true</c> (or the given program) in it and destroys it: Diego's runtime health check.</summary>
    Task CheckHealthAsync(string rootFs, ProcessSpec probe, CancellationToken cancellation);

    /// <summary>
    /// Makes a container with nothing of the caller's running in it yet. Idempotent by handle: asked again with an equal
    /// specification it answers with the container that exists, with a different one <see cref="Models.ErrorKind.ResourceConflict"/>.
    /// </summary>
    Task<ContainerInfo> CreateAsync(ContainerSpec spec, CancellationToken cancellation);

    /// <summary>
    /// Starts a process in a container under an id of the caller's choosing, and returns once it runs. Idempotent by id, across
    /// restarts of the rep: an id that was started before is attached to, running or ended, and never started again.
    /// </summary>
    /// <param name="processId">1 to 128 characters of <c>A-Z a-z 0-9 _ . -</c>; unique within the container.</param>
    /// <exception cref="ProcessStartException">The process could not be started: no such program, directory or user.</exception>
    Task<IContainerProcess> StartProcessAsync(string handle, string processId, ProcessSpec spec, CancellationToken cancellation);

    /// <summary>The process of that id when it was ever started, otherwise null. Starts nothing.</summary>
    Task<IContainerProcess?> FindProcessAsync(string handle, string processId, CancellationToken cancellation);

    /// <summary>The container of that handle, or null.</summary>
    Task<ContainerInfo?> GetAsync(string handle, CancellationToken cancellation);

    /// <summary>All containers of this cell, those made by earlier rep processes included.</summary>
    Task<IReadOnlyList<ContainerInfo>> ListAsync(CancellationToken cancellation);

    /// <summary>
    /// Kills all that runs in the container and removes every trace of it: processes, mounts, network, ports, cgroup, files.
    /// Idempotent; an unknown handle is a success. When it throws, calling it again carries on where it stopped.
    /// </summary>
    Task DestroyAsync(string handle, CancellationToken cancellation);

    /// <summary>The content of a regular file as a process in the container would see it; symbolic links cannot lead outside.</summary>
    /// <param name="path">Absolute path inside the container.</param>
    /// <param name="maxBytes">A larger file is refused with <see cref="Models.ErrorKind.InvalidRequest"/>.</param>
    Task<byte[]> ReadFileAsync(string handle, string path, int maxBytes, CancellationToken cancellation);

    /// <summary>What the container uses now.</summary>
    Task<ContainerMetrics> MetricsAsync(string handle, CancellationToken cancellation);

    /// <summary>
    /// Says that a container has used up the disk it was given, or was killed for it, in words that follow the reason of its end;
    /// null when it has not, and for an unknown handle.
    /// </summary>
    Task<string?> DiskShortageAsync(string handle, CancellationToken cancellation);

    /// <summary>
    /// The output of a process, a line at a time, oldest first. A line longer than <see cref="LogLine.MaxBytes"/> arrives in
    /// pieces cut at UTF-8 boundaries; empty lines are left out. The log is bounded: when it is full it begins anew, and who has not read it by then has missed it.
    /// </summary>
    /// <param name="from"><see cref="LogCursor.Start"/>, or the <see cref="LogLine.Next"/> of the last line already seen.</param>
    /// <param name="follow">True waits for more until the process has ended and all of its output was read.</param>
    IAsyncEnumerable<LogLine> LogsAsync(string handle, string processId, LogCursor from, bool follow, CancellationToken cancellation);

    /// <summary>Destroys every container of this cell and removes what they shared: the bridge, packet filter rules, cgroup parent.</summary>
    Task CleanUpAsync(CancellationToken cancellation);
}
