namespace Scheduler.Rep.Runtime.Disk;

/// <summary>Gives containers the directory that they write to, and holds them to its size.</summary>
internal interface IContainerDisks
{
    DiskQuotaMode Mode { get; }

    /// <summary>Makes the directory <see cref="ContainerPaths.Volume"/>, in which at most so much can be written.</summary>
    /// <exception cref="ContainerRuntimeException">The machine refused. What was made so far goes with the container's directory, or by <see cref="Release"/>.</exception>
    Task MakeAsync(ContainerPaths paths, DiskLimit limit, CancellationToken cancellation);

    /// <summary>What is written there now.</summary>
    DiskUse Use(ContainerPaths paths);

    /// <summary>Called when the container's mounts are gone and its files are not: forgets what the kernel knows of the directory.</summary>
    void Release(ContainerPaths paths);
}
