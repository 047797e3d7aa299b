using System.ComponentModel;
using Microsoft.Win32.SafeHandles;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Directories of others that a container mounts. They are mounted for the container's users in its own directory, from where runc takes
/// them whenever it starts the container; runc 1.1 cannot map owners itself. Once they are mounted, nothing can take their place.
/// </summary>
internal static class StagedMounts
{
    /// <exception cref="ContainerRuntimeException">The source is not a directory any more, or leads over a symbolic link.</exception>
    public static void Check(BindMount mount) => OpenSource(mount.Source).Dispose();

    /// <summary>Makes the mounts, which go with the container's directory.</summary>
    /// <param name="userNamespace">Path of the container's user namespace; null: it has none.</param>
    /// <returns>The sources whose owners cannot be mapped to the container's users.</returns>
    public static IReadOnlyList<string> Make(ContainerSpec spec, ContainerPaths paths, string? userNamespace)
    {
        var unmapped = new List<string>();
        foreach (var (mount, path) in Foreign(spec, paths))
        {
            using var directory = OpenSource(mount.Source);
            Directory.CreateDirectory(path);
            if (!MappedMounts.Bind(directory, path, mount.ReadOnly, userNamespace))
                unmapped.Add(mount.Source);
        }

        return unmapped;
    }

    /// <summary>Where runc finds each mount, and what the container's mount must not promise.</summary>
    /// <exception cref="ContainerRuntimeException">One is gone.</exception>
    public static IReadOnlyDictionary<BindMount, StagedMount> Of(ContainerSpec spec, ContainerPaths paths)
    {
        var staged = new Dictionary<BindMount, StagedMount>();
        if (!spec.Mounts.Any(mount => mount.IsForeign))
            return staged;
        var mounted = Mounts.Below(paths.Root);
        foreach (var (mount, path) in Foreign(spec, paths))
        {
            var real = PlainDirectory.RealPath(path);
            // The container would write into the cell's own directory.
            if (!mounted.Contains(real))
                throw new ContainerRuntimeException($"the mount of {mount.Source} for container {spec.Handle} is gone");
            using var directory = OpenSource(real);
            var (readOnly, noPrograms) = PlainDirectory.MountOf(directory);
            staged.Add(mount, new StagedMount(path, mount.ReadOnly || readOnly, noPrograms));
        }

        return staged;
    }

    private static IEnumerable<(BindMount Mount, string Path)> Foreign(ContainerSpec spec, ContainerPaths paths) =>
        spec.Mounts.Where(mount => mount.IsForeign).Select((mount, number) => (mount, paths.StagedMount(number)));

    private static SafeFileHandle OpenSource(string source)
    {
        try
        {
            return PlainDirectory.Open(source);
        }
        catch (Win32Exception failure)
        {
            throw new ContainerRuntimeException($"cannot mount {source}: {failure.Message}", failure);
        }
    }
}

/// <param name="Path">The host's path of the mount.</param>
/// <param name="NoPrograms">The host forbids programs in that file system.</param>
internal readonly record struct StagedMount(string Path, bool ReadOnly, bool NoPrograms);
