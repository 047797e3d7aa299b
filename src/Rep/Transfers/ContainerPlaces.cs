using System.ComponentModel;
using Microsoft.Win32.SafeHandles;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Transfers.Archives;
using Scheduler.Rep.Transfers.Web;

namespace Scheduler.Rep.Transfers;

/// <summary>The ends of transfers in containers: where downloads go, and what uploads read.</summary>
internal sealed class ContainerPlaces(IContainerRoots roots, TransferOptions options)
{
    private const int FileMode = 0b110_100_100;

    /// <summary>
    /// An archive is unpacked into the directory <paramref name="to"/>. A file that is none becomes <paramref name="to"/>, or, if that is a
    /// directory or ends with a slash, gets its server's name in it.
    /// </summary>
    /// <param name="path">The download on the cell.</param>
    /// <param name="name">The server's name of the file, if it has one.</param>
    /// <exception cref="TransferException">The archive is bad, or cannot go there.</exception>
    public async Task UnpackAsync(string path, string handle, string user, string to, string? name, CancellationToken cancellation)
    {
        using var root = roots.OpenRoot(handle, user);
        await Unpacking.RunAsync(
            path,
            isArchive => Place(root, to, name, isArchive),
            root.Owner,
            new UnpackLimits(options.MaxUnpackedBytes, options.MaxUnpackedEntries),
            FileMode,
            cancellation
        );
    }

    /// <exception cref="TransferException">There is no such file, or the user may not read it.</exception>
    public SafeFileHandle OpenFile(string handle, string user, string path)
    {
        using var root = roots.OpenRoot(handle, user);
        var file = Open(root, path, out var facts) ?? throw TransferException.Permanent($"{path} does not exist");
        if (facts.IsRegular && root.Owner.MayRead(facts))
            return file;
        file.Dispose();
        throw TransferException.Permanent(facts.IsRegular ? $"the user may not read {path}" : $"{path} is not a regular file");
    }

    private static SafeFileHandle? Open(ContainerRoot root, string path, out FileFacts facts)
    {
        try
        {
            return root.OpenFile(path, out facts);
        }
        catch (Exception failure) when (failure is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new TransferException($"{path} cannot be opened", failure);
        }
    }

    private static UnpackPlace Place(ContainerRoot root, string to, string? name, bool isArchive)
    {
        try
        {
            if (isArchive || to.EndsWith('/') || IsDirectory(root, to))
                return new UnpackPlace(root.MakeDirectory(to), name);
            var slash = to.LastIndexOf('/');
            return new UnpackPlace(root.MakeDirectory(to[..(slash + 1)]), to[(slash + 1)..]);
        }
        catch (Win32Exception failure)
        {
            var isMount = failure.NativeErrorCode == LinuxErrors.OtherMount;
            throw new UnpackException(
                isMount ? $"{to} is on a mount, not on the container's disk" : $"the directory {to} cannot be made: {failure.Message}",
                failure
            )
            {
                IsPermanent = isMount || LinuxErrors.IsOfTheEntry(failure.NativeErrorCode),
            };
        }
    }

    private static bool IsDirectory(ContainerRoot root, string path)
    {
        try
        {
            using var found = root.FindDirectory(path);
            return found is not null;
        }
        catch (Win32Exception failure) when (LinuxErrors.IsOfTheEntry(failure.NativeErrorCode))
        {
            return false; // a file that is there already
        }
    }
}
