using System.ComponentModel;
using Microsoft.Win32.SafeHandles;
using Scheduler.Rep.Images.Tar;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Transfers.Archives;

/// <summary>
/// Unpacks an archive below a directory that may belong to a hostile container. No entry is written outside the directory or on another
/// mount: every name is resolved beneath it (<c>openat2</c>), a symbolic link that leads out is refused, and what exists is replaced, never
/// written through. Nothing is done that the owner could not do in the container. Owners, set-user-id bits, attributes and devices of the
/// archive are left out.
/// </summary>
/// <param name="owner">Null: files stay the cell's, and every user may read them.</param>
internal sealed class Unpacker(OpenDirectory target, FileOwner? owner, UnpackLimits limits) : IDisposable
{
    /// <summary>A block of a common file system: the least that a file, a directory or a link takes.</summary>
    private const int Block = 4_096;
    private const int BufferSize = 256 << 10;

    /// <summary>A rep with containers runs as root, which is no user of a container in a user namespace.</summary>
    private const uint RepUser = 0;
    private const long MostDirectoryNames = 64 << 20;
    private const int Permissions = 0b111_111_111;
    private const int ReadableByAll = 0b100_100_100;
    private const int UsableByAll = 0b101_101_101;
    private const int ExecutableBits = 0b001_001_001;
    private const int NewDirectoryMode = 0b111_101_101;

    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly List<(byte[] Path, int Mode, TarTime Time)> _directories = [];
    private long _directoryNames;
    private long _bytes;
    private long _disk;
    private int _entries;
    private byte[]? _parentPath;
    private OpenDirectory? _parent;
    private bool _mayChangeParent;

    /// <summary>Disk used by what was written, as far as the cell accounts for it.</summary>
    public long DiskBytes => _disk;

    /// <exception cref="BadArchiveException">The archive is at fault; the message names the entry.</exception>
    /// <exception cref="UnpackException">The target is.</exception>
    public void Unpack(IArchive archive, CancellationToken cancellation)
    {
        while (archive.Next() is { } entry)
        {
            cancellation.ThrowIfCancellationRequested();
            Take(entry, () => Write(archive, entry, cancellation));
        }

        foreach (var (path, mode, time) in _directories)
            Finish(path, mode, time);
    }

    /// <summary>Writes one file that is no archive.</summary>
    /// <param name="name">A name without a slash.</param>
    /// <exception cref="UnpackException">The target is at fault.</exception>
    public void WriteFile(Stream content, string name, int mode, CancellationToken cancellation)
    {
        var entry = new TarEntry
        {
            Kind = TarEntryKind.File,
            Name = System.Text.Encoding.UTF8.GetBytes(name),
            Mode = mode,
            Size = content.Length,
            Stored = content.Length,
        };
        Take(
            entry,
            () =>
            {
                Count(entry);
                var parent = Parent(entry, [entry.Name]);
                Clear(entry, parent, entry.Name);
                using var file = parent.CreateFile(entry.Name);
                Copy(content.Read, entry, file, cancellation);
                Hand(file, entry.Mode);
            }
        );
    }

    public void Dispose() => _parent?.Dispose();

    private delegate int Reader(Span<byte> buffer);

    private static void Take(TarEntry entry, Action write)
    {
        try
        {
            write();
        }
        catch (Win32Exception failure) when (failure.NativeErrorCode == LinuxErrors.OtherMount)
        {
            throw new UnpackException($"'{entry.ShownName}' leads out of its directory over a symbolic link, or onto a mount", failure)
            {
                IsPermanent = true,
            };
        }
        catch (Exception failure) when (failure is Win32Exception or IOException)
        {
            throw new UnpackException($"'{entry.ShownName}' cannot be written: {failure.Message}", failure)
            {
                IsPermanent = failure is Win32Exception { NativeErrorCode: var error } && LinuxErrors.IsOfTheEntry(error),
            };
        }
    }

    private void Write(IArchive archive, TarEntry entry, CancellationToken cancellation)
    {
        if (entry.Kind is TarEntryKind.Device or TarEntryKind.Fifo)
            return;
        Count(entry);
        var parts = Parts(entry, entry.Name);
        if (parts.Count == 0)
        {
            if (entry.Kind != TarEntryKind.Directory)
                throw Bad(entry, "names the directory itself, and is none");
            return;
        }

        var parent = Parent(entry, parts);
        var child = parts[^1];
        switch (entry.Kind)
        {
            case TarEntryKind.Directory:
                WriteDirectory(entry, parent, parts);
                break;
            case TarEntryKind.SymbolicLink:
                if (entry.LinkName.Length is 0 or > EntryName.Longest || entry.LinkName.Contains((byte)0))
                    throw Bad(entry, "is a symbolic link to what is no path");
                Clear(entry, parent, child);
                parent.CreateSymlink(child, entry.LinkName);
                if (owner is not null)
                    parent.ChangeLinkOwner(child, owner.User, owner.Group);
                break;
            case TarEntryKind.HardLink:
                WriteHardLink(entry, parent, child);
                break;
            default:
                WriteFile(archive, entry, parent, child, cancellation);
                break;
        }
    }

    private void Count(TarEntry entry)
    {
        if (++_entries > limits.Entries)
            throw Bad(entry, $"is one too many: the limit is {limits.Entries} entries");
        if (entry.Stored > limits.Bytes - _bytes)
            throw Bad(entry, $"is too large: the archive unpacks to more than {limits.Bytes} bytes");
        _bytes += entry.Stored;
        Grow(entry.Stored);
    }

    private void Grow(long content)
    {
        _disk += Block + ((content + Block - 1) / Block * Block);
        limits.Grow?.Invoke(_disk);
    }

    private static List<byte[]> Parts(TarEntry entry, byte[] path)
    {
        if (path.Length > EntryName.Longest || path.Contains((byte)0))
            throw Bad(entry, "is not a path");
        return EntryName.Parts(path) ?? throw Bad(entry, "leaves the directory with '..'");
    }

    /// <summary>
    /// The entry's directory, created if missing. The last one is kept open: entries of one directory usually follow each other.
    /// </summary>
    private OpenDirectory Parent(TarEntry entry, List<byte[]> parts)
    {
        var path = EntryName.Join(parts, parts.Count - 1);
        if (_parent is null || _parentPath is null || !path.AsSpan().SequenceEqual(_parentPath))
        {
            _parent?.Dispose();
            (_parent, _parentPath) = (null, null);
            _parent = target.FindBeneath(path) ?? MakeParents(entry, parts);
            _parentPath = path;
            _mayChangeParent = MayChange(_parent);
        }

        return _mayChangeParent ? _parent : throw Denied(entry);
    }

    private OpenDirectory MakeParents(TarEntry entry, List<byte[]> parts)
    {
        var above = target.FindBeneath([])!;
        try
        {
            for (var count = 1; count < parts.Count; count++)
            {
                var next = target.FindBeneath(EntryName.Join(parts, count));
                if (next is null)
                {
                    if (++_entries > limits.Entries)
                        throw Bad(entry, $"needs more directories than the limit of {limits.Entries} entries allows");
                    Grow(0);
                    if (!MayChange(above))
                        throw Denied(entry);
                    next = MakeDirectory(above, parts[count - 1]);
                }

                above.Dispose();
                above = next;
            }

            return above;
        }
        catch
        {
            above.Dispose();
            throw;
        }
    }

    private bool MayChange(OpenDirectory directory) => owner is null || owner.MayChange(directory.Stat(""u8)!.Value);

    private OpenDirectory MakeDirectory(OpenDirectory parent, byte[] child)
    {
        parent.CreateDirectory(child);
        var made = parent.OpenChild(child);
        try
        {
            // The container may have put another directory of its own in its place, whose owner must not change.
            if (owner is not null)
            {
                if (made.Stat(""u8)!.Value.User != RepUser)
                    throw new Win32Exception(LinuxErrors.Exists);
                made.ChangeOwner(""u8, owner.User, owner.Group);
            }

            made.ChangeMode(NewDirectoryMode);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    private void WriteDirectory(TarEntry entry, OpenDirectory parent, List<byte[]> parts)
    {
        var child = parts[^1];
        // As tar does it: a symbolic link to a directory stays, and later entries follow it as far as it stays beneath.
        if (parent.Stat(child) is not { } before || before is { IsDirectory: false, IsSymbolicLink: false })
        {
            Clear(entry, parent, child);
            MakeDirectory(parent, child).Dispose();
        }

        _directoryNames += entry.Name.Length;
        if (_directoryNames > MostDirectoryNames)
            throw Bad(entry, $"is one too many: the names of directories take more than {MostDirectoryNames} bytes");
        _directories.Add((EntryName.Join(parts, parts.Count), entry.Mode, entry.Modified));
    }

    /// <summary>Last, because a directory's mode can forbid to write to it, and every file created in it changes its times.</summary>
    private void Finish(byte[] path, int mode, TarTime time)
    {
        try
        {
            using var directory = target.FindBeneath(path);
            if (directory?.Stat(""u8) is not { } facts || (owner is not null && facts.User != owner.User))
                return;
            directory.ChangeMode((uint)(owner is null ? (mode & Permissions) | UsableByAll | 0b010_000_000 : mode & Permissions));
            directory.SetModified("."u8, time.Seconds, time.Nanoseconds);
        }
        catch (Win32Exception) when (owner is not null)
        {
            // The container has moved or replaced it in the meantime: it is no longer what the archive describes.
        }
    }

    private void WriteFile(IArchive archive, TarEntry entry, OpenDirectory parent, byte[] child, CancellationToken cancellation)
    {
        Clear(entry, parent, child);
        using (var file = parent.CreateFile(child))
        {
            RandomAccess.SetLength(file, entry.Size);
            Copy(archive.ReadData, entry, file, cancellation);
            Hand(file, entry.Mode);
        }

        parent.SetModified(child, entry.Modified.Seconds, entry.Modified.Nanoseconds);
    }

    private void Copy(Reader read, TarEntry entry, SafeFileHandle file, CancellationToken cancellation)
    {
        foreach (var extent in entry.Extents ?? [new Extent(0, entry.Stored)])
        {
            var done = 0L;
            while (done < extent.Length)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = read(_buffer.AsSpan(0, (int)Math.Min(_buffer.Length, extent.Length - done)));
                if (count == 0)
                    throw Bad(entry, "is cut off");
                RandomAccess.Write(file, _buffer.AsSpan(0, count), extent.Offset + done);
                done += count;
            }
        }
    }

    private void Hand(SafeFileHandle file, int mode)
    {
        if (owner is not null)
            OpenDirectory.ChangeOwner(file, owner.User, owner.Group);
        var kept = mode & Permissions;
        if (owner is null)
            kept |= ReadableByAll | ((mode & ExecutableBits) == 0 ? 0 : ExecutableBits);
        OpenDirectory.ChangeMode(file, (uint)kept);
    }

    private void WriteHardLink(TarEntry entry, OpenDirectory parent, byte[] child)
    {
        var source = Parts(entry, entry.LinkName);
        using var from = source.Count == 0 ? null : target.FindBeneath(EntryName.Join(source, source.Count - 1));
        // The kernel lets nobody link what belongs to others.
        if (from?.Stat(source[^1]) is not { IsRegular: true } facts || (owner is { IsRoot: false } user && facts.User != user.User))
            throw Bad(entry, $"links to '{EntryName.Show(entry.LinkName)}', which is not a file of the archive");
        if (parent.Stat(child) is { } same && (same.Inode, same.Device) == (facts.Inode, facts.Device))
            return;
        Clear(entry, parent, child);
        from.Link(source[^1], parent, child);
    }

    /// <summary>A later entry replaces an earlier one, and a file that was there before; a directory only if it is empty.</summary>
    private void Clear(TarEntry entry, OpenDirectory parent, byte[] child)
    {
        if (parent.Stat(child) is not { } before)
            return;
        if (owner?.MayRemove(parent.Stat(""u8)!.Value, before) == false)
            throw Denied(entry);
        parent.Remove(child, before.IsDirectory);
        if (!before.IsRegular)
            _parentPath = null; // the open directory may have been reached over a removed link
    }

    private static BadArchiveException Bad(TarEntry entry, string rule) => new($"its entry '{entry.ShownName}' {rule}");

    private static UnpackException Denied(TarEntry entry) =>
        new($"'{entry.ShownName}' cannot be written: the user has no permission to") { IsPermanent = true };
}

/// <summary>An archive could not be unpacked because of the place where it should go.</summary>
internal sealed class UnpackException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Every attempt would fail the same way.</summary>
    public bool IsPermanent { get; init; }
}
