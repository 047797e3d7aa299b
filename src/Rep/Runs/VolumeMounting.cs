using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Volumes;

namespace Scheduler.Rep.Runs;

/// <summary>Translates the volumes that work asks for into mounts of the cell's directories.</summary>
internal static class VolumeMounting
{
    private const string Failed = "failed to mount volume";

    /// <exception cref="PreparationException">The cell does not have a volume, or the work asks for what the volume cannot give.</exception>
    public static IReadOnlyList<BindMount> Of(IReadOnlyList<VolumeMount> wanted, IReadOnlyList<HostVolume> volumes)
    {
        if (MountTargets.Overlap(wanted.Select(mount => mount.ContainerDir)) is { } overlap)
            throw Permanent($"{overlap.Inner} is at or below {overlap.Outer}, where another volume is");
        return [.. wanted.Select(mount => Of(mount, volumes))];
    }

    private static BindMount Of(VolumeMount wanted, IReadOnlyList<HostVolume> volumes)
    {
        // Another cell may have it, or this one after a restart with other options.
        var volume =
            volumes.FirstOrDefault(volume => volume.Name == wanted.Driver)
            ?? throw new PreparationException($"{Failed}: this cell has no volume driver {wanted.Driver}");
        if (wanted.Dedicated is not null)
            throw Permanent($"{volume.Name} is a directory of the cell, which cannot be a dedicated device");
        if (wanted.Shared?.MountConfig.Trim() is not (null or "" or "{}"))
            throw Permanent($"{volume.Name} is a directory of the cell, which has no mount_config");
        if (MountTargets.Broken(wanted.ContainerDir) is { } rule)
            throw Permanent($"container_dir {wanted.ContainerDir} {rule}");
        if (wanted.Mode is not ("r" or "rw"))
            throw Permanent($"mode must be r or rw, not \"{wanted.Mode}\"");
        if (volume.ReadOnly && wanted.Mode == "rw")
            throw new PreparationException($"{Failed}: {volume.Name} is read-only on this cell; ask for mode r");
        if (HostVolumeRules.Broken(volume.Path) is { } missing)
            throw new PreparationException($"{Failed}: {volume.Name}: {missing}");
        return new BindMount(volume.Path, MountTargets.Normal(wanted.ContainerDir), volume.ReadOnly || wanted.Mode == "r")
        {
            IsForeign = true,
        };
    }

    private static PreparationException Permanent(string rule) => new($"{Failed}: {rule}") { IsPermanent = true };
}
