using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Images;

/// <summary>Unpacks root filesystems for use as <c>preloaded:NAME</c>.</summary>
public static class RootFsArchive
{
    /// <summary>Unpacks a tar archive with its owners, modes and times. Requires root.</summary>
    /// <param name="archive">An uncompressed tar archive.</param>
    /// <param name="directory">Where to unpack it; created if it does not exist.</param>
    /// <exception cref="DomainException">The archive is invalid; the message names the entry.</exception>
    public static void Unpack(Stream archive, string directory, CancellationToken cancellation)
    {
        Directory.CreateDirectory(directory);
        using var root = OpenDirectory.Open(directory);
        using var applier = new LayerApplier(root, Path.GetFileName(directory), isLowest: true, new ImageOptions());
        applier.Apply(archive, cancellation);
    }
}
