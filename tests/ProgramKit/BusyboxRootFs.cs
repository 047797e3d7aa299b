using System.Formats.Tar;
using Scheduler.Cli.Images;
using Scheduler.Rep.Images;

namespace Scheduler.Tests.ProgramKit;

/// <summary>The demo's image as plain files in a directory, for <c>preloaded:</c> root filesystems.</summary>
public static class BusyboxRootFs
{
    public static async Task<string> MakeAsync(string directory, IReadOnlyDictionary<string, string>? files = null)
    {
        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true)) BusyboxImage.Write(tar, "/bin/busybox", files ?? new Dictionary<string, string>());
        archive.Position = 0;
        Directory.CreateDirectory(directory);
        await new LayerUnpacker(directory, "busybox", new ImageOptions()).UnpackAsync(archive, CancellationToken.None);
        return directory;
    }
}
