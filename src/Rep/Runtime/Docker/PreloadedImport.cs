using System.Diagnostics;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>Reads a directory of the machine as an archive of a root filesystem.</summary>
internal static class PreloadedImport
{
    /// <summary>Changes when the directory's files do, as far as their names, sizes, modes and times show.</summary>
    public static string Fingerprint(string directory)
    {
        var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        var paths = new FileSystemEnumerable<string>(
            directory,
            (ref FileSystemEntry entry) => $"{entry.ToFullPath()}\0{entry.LastWriteTimeUtc.Ticks}",
            everything
        )
        {
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in paths.Order(StringComparer.Ordinal))
        {
            var facts = Native.Stat(line[..line.IndexOf('\0')]) ?? default;
            hash.AppendData(Encoding.UTF8.GetBytes($"{line}\0{facts.Mode}\0{facts.Size}\0{facts.User}\0{facts.Group}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Sends the archive somewhere, as tar writes it.</summary>
    /// <exception cref="ContainerRuntimeException">tar failed.</exception>
    public static async Task SendAsync(string tar, string directory, Func<Stream, Task> send, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(
            tar,
            ["--create", "--file=-", "--numeric-owner", "--sort=name", "--xattrs", "--xattrs-include=*", $"--directory={directory}", "."]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Programs.Path;
        using var process = Process.Start(start) ?? throw new ContainerRuntimeException($"{tar} could not be started");
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await send(process.StandardOutput.BaseStream);
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode != 0)
                throw new ContainerRuntimeException($"{tar} could not read {directory}: {Commands.Shorten(await errors)}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
