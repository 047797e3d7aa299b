using System.Formats.Tar;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Cli.Copy;

/// <summary>Packs a file or a directory of this machine for a container.</summary>
internal static class ArchivePacker
{
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;

    /// <param name="path">A link is followed; those below it are packed as links.</param>
    /// <param name="name">Name of the copy in the archive.</param>
    /// <exception cref="DomainException">Something cannot be read; names it.</exception>
    public static async Task PackAsync(string path, string name, Stream archive, CopyTally tally, CancellationToken cancellationToken)
    {
        await using var writer = new TarWriter(archive, TarEntryFormat.Gnu, leaveOpen: true);
        try
        {
            await AddAsync(writer, path, name, follow: true, tally, cancellationToken);
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DomainException(DomainError.Invalid("LOCAL", $"cannot be read: {failure.Message}"), failure);
        }
    }

    private static async Task AddAsync(
        TarWriter writer,
        string path,
        string name,
        bool follow,
        CopyTally tally,
        CancellationToken cancellationToken
    )
    {
        var facts = Native.Stat(path, follow) ?? throw new FileNotFoundException($"{path} does not exist", path);
        if (facts.IsDirectory)
        {
            await writer.WriteEntryAsync(EntryOf(TarEntryType.Directory, $"{name}/", path), cancellationToken);
            tally.Directories++;
            foreach (var below in Directory.GetFileSystemEntries(path).Order(StringComparer.Ordinal))
                await AddAsync(writer, below, $"{name}/{Path.GetFileName(below)}", follow: false, tally, cancellationToken);
        }
        else if (facts.IsRegular)
        {
            var entry = EntryOf(TarEntryType.RegularFile, name, path);
            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            entry.DataStream = content;
            tally.Bytes += content.Length;
            await writer.WriteEntryAsync(entry, cancellationToken);
            tally.Files++;
        }
        else if (facts.IsSymbolicLink)
        {
            var link = new GnuTarEntry(TarEntryType.SymbolicLink, name) { LinkName = new FileInfo(path).LinkTarget ?? "" };
            await writer.WriteEntryAsync(link, cancellationToken);
            tally.Links++;
        }
        else
        {
            tally.Skip(path, "neither a file, a directory nor a link");
        }
    }

    private static GnuTarEntry EntryOf(TarEntryType type, string name, string path) =>
        new(type, name)
        {
            // The owner is who runs the copy in the container; privileges of the file are not passed on.
            Mode = File.GetUnixFileMode(path) & Permissions,
            ModificationTime = File.GetLastWriteTimeUtc(path),
        };
}
