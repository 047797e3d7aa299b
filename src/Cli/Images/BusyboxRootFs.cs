using System.Formats.Tar;

namespace Scheduler.Cli.Images;

/// <summary>
/// The root filesystem that a node offers as <c>preloaded:busybox</c>, so that a newcomer with no image at hand has something
/// to run: a shell, the usual tools and an HTTP server.
/// </summary>
internal static class BusyboxRootFs
{
    public const string Name = "busybox";

    private const string Program = "/bin/busybox";

    private static readonly Dictionary<string, string> Files = new() { ["www/index.html"] = "hello from the scheduler\n" };

    /// <summary>True when this machine has what it is made of.</summary>
    public static bool IsAvailable => File.Exists(Program);

    /// <summary>Writes it below a directory, unless it is there already.</summary>
    /// <returns>Its directory.</returns>
    public static string Prepare(string below)
    {
        var root = Path.Combine(below, Name);
        if (Directory.Exists(root))
            return root;

        // Under another name first: a start that was interrupted must not leave half of it for the next one.
        var unfinished = root + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);
        Unpack(unfinished);
        Directory.Move(unfinished, root);
        return root;
    }

    private static void Unpack(string root)
    {
        using var buffer = new MemoryStream();
        using (var tar = new TarWriter(buffer, TarEntryFormat.Ustar, leaveOpen: true))
            BusyboxImage.Write(tar, Program, Files);
        buffer.Position = 0;
        using var reader = new TarReader(buffer);
        while (reader.GetNextEntry() is { } entry)
        {
            var path = Path.Combine(root, entry.Name);
            if (entry.EntryType == TarEntryType.SymbolicLink)
            {
                File.CreateSymbolicLink(path, entry.LinkName);
                continue;
            }

            if (entry.EntryType == TarEntryType.Directory)
                Directory.CreateDirectory(path);
            else
                entry.ExtractToFile(path, overwrite: false);
            // What extraction sets is cut by the umask, and /tmp must be writable for all.
            File.SetUnixFileMode(path, entry.Mode);
        }
    }
}
