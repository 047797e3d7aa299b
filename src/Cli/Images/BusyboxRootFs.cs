using System.Formats.Tar;

namespace Scheduler.Cli.Images;

/// <summary>
/// The root filesystem that a node offers as <c>preloaded:busybox</c>, so that new users can run something without an image of their own: a
/// shell, the usual tools and an HTTP server.
/// </summary>
internal static class BusyboxRootFs
{
    public const string Name = "busybox";

    private const string Program = "/bin/busybox";

    private static readonly Dictionary<string, string> Files = new() { ["www/index.html"] = "hello from the scheduler\n" };

    /// <summary>Whether this machine has the required program.</summary>
    public static bool IsAvailable => File.Exists(Program);

    /// <summary>Creates it below a directory unless it exists already.</summary>
    /// <returns>Its directory.</returns>
    public static string Prepare(string below)
    {
        var root = Path.Combine(below, Name);
        if (Directory.Exists(root))
            return root;

        // Create it under a temporary name first, so that an interrupted start does not leave an incomplete one for the next start.
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
            // The umask limits the mode that extraction sets, and /tmp must be writable for all.
            File.SetUnixFileMode(path, entry.Mode);
        }
    }
}
