using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Disk;

/// <summary>Chooses how a cell enforces disk limits, and tests that it works before any container is created.</summary>
internal static class ContainerDisks
{
    /// <param name="workshop">A scratch directory on the same file system.</param>
    /// <exception cref="ContainerRuntimeException">The mode is not available on this machine; the message names the
    /// alternatives.</exception>
    public static async Task<IContainerDisks> ChooseAsync(
        RuntimeOptions options,
        string workshop,
        Commands commands,
        CancellationToken cancellation
    )
    {
        if (Directory.Exists(workshop))
            Clear(workshop);
        Directory.CreateDirectory(workshop, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // Root of the host can remove a file from its project, and so could root in a container that uses the host's user ids.
        var users = options.UserNamespaces != UserNamespaceMode.Off;
        switch (options.Without.HasFlag(Defences.Disk) ? DiskQuotaMode.Off : options.DiskQuota)
        {
            case DiskQuotaMode.Project:
                return await ProjectAsync(workshop, cancellation);
            case DiskQuotaMode.Loop:
                return await LoopAsync(options, workshop, commands, cancellation);
            case DiskQuotaMode.Auto when !users:
                return await LoopAsync(options, workshop, commands, cancellation);
            case DiskQuotaMode.Auto:
                try
                {
                    return await ProjectAsync(workshop, cancellation);
                }
                catch (ContainerRuntimeException)
                {
                    return await LoopAsync(options, workshop, commands, cancellation);
                }

            case var plain:
                return new PlainDisks(plain);
        }
    }

    private static async Task<IContainerDisks> ProjectAsync(string workshop, CancellationToken cancellation)
    {
        var disks = new ProjectDisks(workshop);
        try
        {
            await disks.ProveAsync(cancellation);
            return disks;
        }
        catch (ContainerRuntimeException failure)
        {
            throw new ContainerRuntimeException(
                $"the file system of the state directory does not support project quotas ({failure.Message}): use ext4 or xfs mounted with "
                    + "prjquota, or set --disk-quota loop",
                failure
            );
        }
    }

    private static async Task<IContainerDisks> LoopAsync(
        RuntimeOptions options,
        string workshop,
        Commands commands,
        CancellationToken cancellation
    )
    {
        try
        {
            var disks = new LoopDisks(Programs.Find(options.MakeFileSystem, "e2fsprogs"), workshop, commands);
            await disks.ProveAsync(cancellation);
            return disks;
        }
        catch (ContainerRuntimeException failure)
        {
            throw new ContainerRuntimeException(
                $"disk limits cannot be enforced on this machine ({failure.Message}): put the state directory on ext4 or xfs mounted with "
                    + "prjquota, make /dev/loop-control and mkfs.ext4 available, or set --disk-quota watch, which only kills a container after "
                    + "it has exceeded its limit",
                failure
            );
        }
    }

    /// <summary>Removes what a killed rep left there: a probe's volume, a partial template.</summary>
    private static void Clear(string workshop)
    {
        foreach (var mount in Mounts.Below(workshop))
            Mounts.Remove(mount);
        Directory.Delete(workshop, recursive: true);
    }
}
