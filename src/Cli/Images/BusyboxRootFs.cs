using System.Formats.Tar;
using Scheduler.Rep.Images;

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

    /// <summary>Whether it can be created here: the machine has the required program, and this process is root, so it can set owners.</summary>
    public static bool IsAvailable => Environment.IsPrivilegedProcess && File.Exists(Program);

    /// <summary>Creates it below a directory unless it exists already. Requires root.</summary>
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
        Make(unfinished);
        Directory.Move(unfinished, root);
        return root;
    }

    /// <summary>Creates it in the given directory. Requires root.</summary>
    public static void Make(string directory)
    {
        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
            BusyboxImage.Write(tar, Program, Files);
        archive.Position = 0;
        RootFsArchive.Unpack(archive, directory, CancellationToken.None);
    }
}
