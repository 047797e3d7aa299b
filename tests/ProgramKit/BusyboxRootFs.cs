using System.Formats.Tar;
using Scheduler.Cli.Images;
using Scheduler.Rep.Images;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Tests.ProgramKit;

/// <summary>The demo's image as plain files in a directory, for <c>preloaded:</c> root filesystems.</summary>
public static class BusyboxRootFs
{
    public static string Make(string directory, IReadOnlyDictionary<string, string>? files = null)
    {
        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
            BusyboxImage.Write(tar, "/bin/busybox", files ?? new Dictionary<string, string>());
        archive.Position = 0;
        Directory.CreateDirectory(directory);
        using var root = OpenDirectory.Open(directory);
        using var applier = new LayerApplier(root, "busybox", isLowest: true, new ImageOptions());
        applier.Apply(archive, CancellationToken.None);
        return directory;
    }
}
