using System.Formats.Tar;
using System.Text;

namespace Scheduler.Cli.Images;

/// <summary>
/// Builds a small real image from the machine's static busybox: a shell, the usual tools and an HTTP server. Users are root, nobody and
/// vcap (uid 2000), as in Cloud Foundry's own root filesystems.
/// </summary>
internal static class BusyboxImage
{
    public const string Passwd =
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\nvcap:x:2000:2000:vcap:/home/vcap:/bin/sh\n";
    public const string Group = "root:x:0:\nnogroup:x:65534:\nvcap:x:2000:\nweb:x:3000:vcap\n";

    private const UnixFileMode Executable = (UnixFileMode)0b111_101_101;
    private const UnixFileMode Readable = (UnixFileMode)0b110_100_100;
    private const UnixFileMode Shared = (UnixFileMode)0b1_111_111_111;

    /// <summary>A fixed time and a tar format without generated names, so that the same files give the same digest.</summary>
    private static readonly DateTimeOffset Built = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Applets =
    [
        "awk",
        "base64",
        "basename",
        "cat",
        "chmod",
        "chown",
        "cp",
        "cut",
        "date",
        "dd",
        "df",
        "dirname",
        "du",
        "echo",
        "env",
        "expr",
        "false",
        "find",
        "free",
        "grep",
        "head",
        "hostname",
        "httpd",
        "id",
        "ifconfig",
        "ip",
        "kill",
        "ln",
        "ls",
        "mkdir",
        "mknod",
        "mount",
        "mv",
        "nc",
        "netstat",
        "nproc",
        "nslookup",
        "ping",
        "printenv",
        "printf",
        "ps",
        "pwd",
        "readlink",
        "rm",
        "rmdir",
        "sed",
        "seq",
        "setsid",
        "sh",
        "sleep",
        "sort",
        "stat",
        "su",
        "sync",
        "tail",
        "tar",
        "tee",
        "test",
        "time",
        "timeout",
        "top",
        "touch",
        "tr",
        "true",
        "umount",
        "uname",
        "uniq",
        "usleep",
        "wc",
        "wget",
        "which",
        "whoami",
        "xargs",
        "yes",
    ];

    /// <summary>Builds an image layout with one layer.</summary>
    /// <param name="files">Additional files, by path without a leading slash; executable if they begin with <c>#!</c>.</param>
    public static OciLayoutBuilder Build(string busybox = "/bin/busybox", IReadOnlyDictionary<string, string>? files = null)
    {
        var image = new OciLayoutBuilder { Environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], WorkingDirectory = "/" };
        image.AddLayer(tar => Write(tar, busybox, files ?? new Dictionary<string, string>()));
        return image;
    }

    public static void Write(TarWriter tar, string busybox, IReadOnlyDictionary<string, string> files)
    {
        foreach (
            var directory in (string[])
                ["bin", "dev", "etc", "home", "proc", "root", "sys", "usr", "usr/bin", "usr/sbin", "sbin", "var", "www"]
        )
            Directory(tar, directory, Executable);
        Directory(tar, "home/vcap", Executable, 2000);
        Directory(tar, "tmp", Shared);
        using (var program = System.IO.File.OpenRead(busybox))
            tar.WriteEntry(
                new UstarTarEntry(TarEntryType.RegularFile, "bin/busybox")
                {
                    Mode = Executable,
                    ModificationTime = Built,
                    DataStream = program,
                }
            );
        foreach (var applet in Applets)
            tar.WriteEntry(
                new UstarTarEntry(TarEntryType.SymbolicLink, $"bin/{applet}") { LinkName = "busybox", ModificationTime = Built }
            );
        File(tar, "etc/passwd", Passwd);
        File(tar, "etc/group", Group);
        foreach (var (path, content) in files)
            File(tar, path, content);
    }

    private static void Directory(TarWriter tar, string path, UnixFileMode mode, int owner = 0) =>
        tar.WriteEntry(
            new UstarTarEntry(TarEntryType.Directory, path + "/")
            {
                Mode = mode,
                Uid = owner,
                Gid = owner,
                ModificationTime = Built,
            }
        );

    private static void File(TarWriter tar, string path, string content) =>
        tar.WriteEntry(
            new UstarTarEntry(TarEntryType.RegularFile, path)
            {
                Mode = content.StartsWith("#!", StringComparison.Ordinal) ? Executable : Readable,
                ModificationTime = Built,
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
            }
        );
}
