namespace Scheduler.Rep.Runtime.Disk;

/// <summary>Creates the directories that containers write to, and enforces their size limits.</summary>
internal interface IContainerDisks
{
    DiskQuotaMode Mode { get; }

    /// <summary>Creates the directory <see cref="ContainerPaths.Volume"/> with a limit on what can be written to it.</summary>
    /// <exception cref="ContainerRuntimeException">
    /// The machine refused. Anything created so far is removed with the container's directory, or by <see cref="Release"/>.
    /// </exception>
    Task MakeAsync(ContainerPaths paths, DiskLimit limit, CancellationToken cancellation);

    /// <summary>Current usage.</summary>
    DiskUse Use(ContainerPaths paths);

    /// <summary>
    /// Called after the container's mounts are removed and before its files are: drops the kernel's state for the directory.
    /// </summary>
    void Release(ContainerPaths paths);
}
