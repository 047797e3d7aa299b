using System.ComponentModel;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Scheduler.Models;
using Scheduler.Rep.Images.Tar;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Cli.Copy;

/// <summary>
/// Writes an archive that came from a container. The archive is hostile: whatever it names, nothing outside of the target is written, no
/// link that it creates leads out of the target, and nothing that it brings has privileges.
/// </summary>
internal sealed class ArchiveUnpacker(CopyTally tally)
{
    /// <summary>A container's own limit of files by default.</summary>
    private const int MostEntries = 200_000;

    private const int PermissionBits = 0x1FF;

    private readonly List<(List<byte[]> Parts, int Mode)> _directories = [];

    /// <param name="target">Path of the copy itself: the file, or the directory that gets the archive's content.</param>
    /// <exception cref="DomainException">The archive is malformed or leads out, or this machine cannot write it.</exception>
    public void Unpack(Stream archive, string target)
    {
        try
        {
            var reader = new TarArchiveReader(archive);
            if (reader.Next() is not { } first)
                throw new DomainError(ErrorKind.Unknown, "the cell sent an empty archive").ToException();
            if (PartsOf(first).Count > 0)
            {
                WriteOnly(reader, first, target);
                return;
            }

            Directory.CreateDirectory(target);
            using var root = OpenDirectory.Open(target);
            tally.Directories++;
            var entries = 0;
            while (reader.Next() is { } entry)
            {
                if (++entries > MostEntries)
                    throw new DomainError(ErrorKind.Unknown, $"the archive has more than {MostEntries} entries").ToException();
                Write(reader, entry, root);
            }

            // Last: a directory that forbids writing would refuse its own content.
            foreach (var (parts, mode) in Enumerable.Reverse(_directories))
            {
                using var made = Descend(root, parts);
                made.ChangeMode((uint)mode);
            }
        }
        catch (TarFormatException broken)
        {
            throw new DomainException(new DomainError(ErrorKind.Unknown, $"the archive is malformed: {broken.Message}"), broken);
        }
        catch (Exception failure) when (failure is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new DomainException(new DomainError(ErrorKind.Unknown, $"{target} cannot be written: {failure.Message}"), failure);
        }
    }

    private void WriteOnly(TarArchiveReader reader, TarEntry entry, string target)
    {
        if (entry.Kind != TarEntryKind.File)
            throw new DomainError(
                ErrorKind.Unknown,
                "the cell sent an archive that begins with neither a file nor a directory"
            ).ToException();
        using var parent = OpenDirectory.Open(Path.GetDirectoryName(Path.GetFullPath(target))!);
        WriteFile(reader, entry, parent, Encoding.UTF8.GetBytes(Path.GetFileName(target)));
        if (reader.Next() is not null)
            throw new DomainError(ErrorKind.Unknown, "the cell sent more than the one file").ToException();
    }

    private void Write(TarArchiveReader reader, TarEntry entry, OpenDirectory root)
    {
        var parts = PartsOf(entry);
        if (parts.Count == 0)
            return; // the directory itself once more
        using var parent = Descend(root, parts[..^1]);
        var name = parts[^1];
        switch (entry.Kind)
        {
            case TarEntryKind.Directory:
                if (parent.Stat(name) is not { IsDirectory: true })
                {
                    Clear(parent, name, entry);
                    parent.CreateDirectory(name);
                }

                _directories.Add((parts, entry.Mode & PermissionBits));
                tally.Directories++;
                break;
            case TarEntryKind.File:
                WriteFile(reader, entry, parent, name);
                break;
            case TarEntryKind.SymbolicLink when StaysInside(entry.LinkName, parts.Count - 1):
                Clear(parent, name, entry);
                parent.CreateSymlink(name, entry.LinkName);
                tally.Links++;
                break;
            case TarEntryKind.SymbolicLink:
                tally.Skip(entry.ShownName, $"a link to {EntryName.Show(entry.LinkName)}, which is not in the copy");
                break;
            case TarEntryKind.HardLink:
                WriteHardLink(entry, root, parent, name);
                break;
            default:
                tally.Skip(entry.ShownName, entry.Kind == TarEntryKind.Fifo ? "a FIFO" : "a device");
                break;
        }
    }

    private void WriteFile(TarArchiveReader reader, TarEntry entry, OpenDirectory parent, byte[] name)
    {
        if (entry.Extents is not null)
            throw new TarFormatException($"its entry '{entry.ShownName}' is sparse, which was not asked for");
        Clear(parent, name, entry);
        using (var handle = parent.CreateFile(name))
        {
            Fill(reader, handle);
            OpenDirectory.ChangeMode(handle, (uint)(entry.Mode & PermissionBits));
        }

        parent.SetModified(name, entry.Modified.Seconds, entry.Modified.Nanoseconds);
        tally.Files++;
    }

    private void Fill(TarArchiveReader reader, SafeFileHandle file)
    {
        var buffer = new byte[64 << 10];
        var at = 0L;
        while (reader.ReadData(buffer) is > 0 and var read)
        {
            RandomAccess.Write(file, buffer.AsSpan(0, read), at);
            at += read;
        }

        tally.Bytes += at;
    }

    private void WriteHardLink(TarEntry entry, OpenDirectory root, OpenDirectory parent, byte[] name)
    {
        if (EntryName.Parts(entry.LinkName) is not { Count: > 0 } target)
        {
            tally.Skip(entry.ShownName, $"a hard link to {EntryName.Show(entry.LinkName)}, which is not in the copy");
            return;
        }

        using var directory = Descend(root, target[..^1]);
        if (directory.Stat(target[^1]) is not { IsRegular: true })
            throw new TarFormatException($"its entry '{entry.ShownName}' is a hard link to no file before it");
        Clear(parent, name, entry);
        directory.Link(target[^1], parent, name);
        tally.Files++;
    }

    /// <summary>Makes room for an entry. Files and links are replaced, never written through; a directory stays.</summary>
    private static void Clear(OpenDirectory parent, byte[] name, TarEntry entry)
    {
        if (parent.Stat(name) is not { } existing)
            return;
        if (existing.IsDirectory)
            throw new TarFormatException($"its entry '{entry.ShownName}' would replace a directory");
        parent.Remove(name, isDirectory: false);
    }

    /// <summary>The directory at that path, all real ones: no link is followed, whoever made it.</summary>
    private static OpenDirectory Descend(OpenDirectory root, List<byte[]> parts)
    {
        var at = root.OpenChild("."u8);
        foreach (var part in parts)
        {
            try
            {
                if (at.Stat(part) is null)
                    at.CreateDirectory(part);
                var next = at.OpenChild(part);
                at.Dispose();
                at = next;
            }
            catch
            {
                at.Dispose();
                throw;
            }
        }

        return at;
    }

    private static List<byte[]> PartsOf(TarEntry entry) =>
        EntryName.Parts(entry.Name) ?? throw new TarFormatException($"its entry '{entry.ShownName}' leads out of the copy");

    /// <summary>
    /// Whether a link can lead only into the copy, whatever other links are in it: it may climb first, through directories that are real,
    /// and then only descend.
    /// </summary>
    /// <param name="depth">Number of directories above the link within the copy.</param>
    internal static bool StaysInside(ReadOnlySpan<byte> target, int depth)
    {
        if (target.IsEmpty || target[0] == (byte)'/')
            return false;
        var (climbed, descends) = (0, false);
        foreach (var range in target.Split((byte)'/'))
        {
            var part = target[range];
            if (part.IsEmpty || part.SequenceEqual("."u8))
                continue;
            if (!part.SequenceEqual(".."u8))
                descends = true;
            else if (descends || ++climbed > depth)
                return false;
        }

        return true;
    }
}
