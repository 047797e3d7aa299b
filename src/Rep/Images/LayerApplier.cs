using System.ComponentModel;
using Microsoft.Win32.SafeHandles;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Images.Tar;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Images;

/// <summary>
/// Applies the entries of one layer to a root filesystem that shows the layers below it. Every name is resolved with that directory as
/// the root, so no link of an image leads outside, and every entry is checked before any of it is written.
/// </summary>
/// <param name="name">Name of the layer in errors.</param>
/// <param name="isLowest">True if no layer is below, so that whiteouts hide nothing.</param>
internal sealed class LayerApplier(OpenDirectory root, string name, bool isLowest, ImageOptions options) : IDisposable
{
    private const int BufferSize = 256 << 10;

    /// <summary>Names of directories are kept until everything is written; no real layer has more than this.</summary>
    private const long MostDirectoryNames = 256 << 20;

    private readonly WrittenNames _written = new();
    private readonly List<(byte[] Path, TarTime Time)> _directoryTimes = [];
    private readonly byte[] _buffer = new byte[BufferSize];
    private byte[]? _parentPath;
    private OpenDirectory? _parent;
    private ulong _parentInode;
    private long _bytes;
    private long _directoryNames;
    private int _entries;

    /// <returns>Bytes of file content written.</returns>
    /// <exception cref="DomainException">The layer is invalid; the message names the entry.</exception>
    public long Apply(Stream layer, CancellationToken cancellation)
    {
        var archive = new TarArchiveReader(layer);
        TarEntry? last = null;
        while (Next(archive, last) is { } entry)
        {
            cancellation.ThrowIfCancellationRequested();
            Apply(archive, entry, cancellation);
            last = entry;
        }

        // Last, because every file created in a directory changes the directory's times.
        foreach (var (path, time) in _directoryTimes)
        {
            using var directory = root.FindInRoot(path);
            if (directory is not null)
                LayerAttributes.SetTime(directory, "."u8, time);
        }

        return _bytes;
    }

    public void Dispose() => _parent?.Dispose();

    private TarEntry? Next(TarArchiveReader archive, TarEntry? last)
    {
        try
        {
            return archive.Next();
        }
        catch (TarFormatException failure)
        {
            throw ImageError.Bad(
                $"{name} is not a valid tar archive: {failure.Message}{(last is null ? "" : $" (after the entry '{last.ShownName}')")}"
            );
        }
    }

    private void Apply(TarArchiveReader archive, TarEntry entry, CancellationToken cancellation)
    {
        Count(entry);
        var parts = Parts(entry, entry.Name);
        if (parts.Any(part => part.AsSpan().StartsWith(".wh..wh."u8) && !Whiteouts.IsOpaqueMarker(part)))
            return; // bookkeeping of other tools, such as .wh..wh.plnk
        try
        {
            if (parts.Count == 0)
                ApplyToRoot(entry);
            else
                Apply(archive, entry, parts, cancellation);
        }
        catch (TarFormatException failure)
        {
            throw ImageError.Bad($"{name} is not a valid tar archive: {failure.Message} (in the entry '{entry.ShownName}')");
        }
        catch (Win32Exception failure) when (LinuxErrors.IsOfTheEntry(failure.NativeErrorCode))
        {
            throw Bad(entry, $"cannot be written: {failure.Message}");
        }
        catch (Exception failure) when (failure is Win32Exception or IOException)
        {
            throw new ContainerRuntimeException($"entry '{entry.ShownName}' of {name} cannot be written: {failure.Message}", failure);
        }
    }

    private void ApplyToRoot(TarEntry entry)
    {
        if (entry.Kind != TarEntryKind.Directory)
            throw Bad(entry, "names the root, and is no directory");
        LayerAttributes.SetOwner(root, ""u8, entry);
        LayerAttributes.SetDirectory(root, entry);
        KeepTime(entry, []);
    }

    private void Apply(TarArchiveReader archive, TarEntry entry, List<byte[]> parts, CancellationToken cancellation)
    {
        var parent = Parent(entry, parts);
        var child = parts[^1];
        if (Whiteouts.IsWhiteout(child))
        {
            Hide(entry, parent, child);
            return;
        }

        var before = parent.Stat(child);
        switch (entry.Kind)
        {
            case TarEntryKind.Directory:
                WriteDirectory(entry, parent, child, before);
                KeepTime(entry, EntryName.Join(parts, parts.Count));
                break;
            case TarEntryKind.File:
                Clear(parent, child, before);
                WriteFile(archive, entry, parent, child, cancellation);
                break;
            case TarEntryKind.SymbolicLink:
                if (entry.LinkName.Length is 0 or > EntryName.Longest || entry.LinkName.Contains((byte)0))
                    throw Bad(entry, "is a symbolic link to what is no path");
                Clear(parent, child, before);
                parent.CreateSymlink(child, entry.LinkName);
                LayerAttributes.SetOwner(parent, child, entry);
                LayerAttributes.SetTime(parent, child, entry.Modified);
                break;
            case TarEntryKind.HardLink:
                WriteHardLink(entry, parent, child);
                break;
            case TarEntryKind.Fifo:
                Clear(parent, child, before);
                parent.CreateFifo(child);
                LayerAttributes.SetOwner(parent, child, entry);
                parent.ChangeMode(child, (uint)entry.Mode);
                LayerAttributes.SetTime(parent, child, entry.Modified);
                break;
            case TarEntryKind.Device:
                // Containers get their devices from the runtime; a device node in an image would bypass that.
                return;
        }

        _written.Add(_parentInode, child);
    }

    private void Count(TarEntry entry)
    {
        if (++_entries > options.MaxLayerEntries)
            throw Bad(entry, $"the layer has more than {options.MaxLayerEntries} entries");
        if (entry.User is < 0 or >= uint.MaxValue || entry.Group is < 0 or >= uint.MaxValue)
            throw Bad(entry, $"has an owner that Linux cannot have: {entry.User}:{entry.Group}");
        _bytes += entry.Stored;
        if (_bytes > options.MaxLayerBytes)
            throw Bad(entry, $"the layer unpacks to more than {options.MaxLayerBytes} bytes");
    }

    private List<byte[]> Parts(TarEntry entry, byte[] path)
    {
        if (path.Length > EntryName.Longest || path.Contains((byte)0))
            throw Bad(entry, "is not a path");
        return EntryName.Parts(path) ?? throw Bad(entry, "leaves the layer with '..'");
    }

    /// <summary>
    /// The entry's parent directory, created if missing. The last one is kept open: entries of one directory usually follow each other.
    /// </summary>
    private OpenDirectory Parent(TarEntry entry, List<byte[]> parts)
    {
        var path = EntryName.Join(parts, parts.Count - 1);
        if (_parent is not null && _parentPath is not null && path.AsSpan().SequenceEqual(_parentPath))
            return _parent;
        Forget();
        var parent = root.FindInRoot(path) ?? MakeParents(entry, parts);
        (_parent, _parentPath, _parentInode) = (parent, path, parent.Stat(""u8)!.Value.Inode);
        return parent;
    }

    private OpenDirectory MakeParents(TarEntry entry, List<byte[]> parts)
    {
        var above = root.FindInRoot([])!;
        for (var count = 1; ; count++)
        {
            if (count == parts.Count)
                return above;
            var path = EntryName.Join(parts, count);
            var next = root.FindInRoot(path);
            if (next is null)
            {
                using (above)
                {
                    if (above.Stat(parts[count - 1]) is { } facts)
                        throw Bad(
                            entry,
                            facts.IsSymbolicLink
                                ? $"leads through the symbolic link '{EntryName.Show(path)}', which leads nowhere"
                                : $"is below '{EntryName.Show(path)}', which is not a directory"
                        );
                    if (++_entries > options.MaxLayerEntries)
                        throw Bad(
                            entry,
                            $"the layer has more than {options.MaxLayerEntries} entries, with the directories that their names imply"
                        );
                    above.CreateDirectory(parts[count - 1]);
                    next = above.OpenChild(parts[count - 1]);
                    next.ChangeMode(0b111_101_101);
                }
            }
            else
            {
                above.Dispose();
            }

            above = next;
        }
    }

    private void Hide(TarEntry entry, OpenDirectory parent, byte[] child)
    {
        if (Whiteouts.Hidden(child) is not { } hidden)
            throw Bad(entry, "is a whiteout that names no file");
        if (isLowest)
            return;
        var whiteouts = new Whiteouts(_written);
        if (Whiteouts.IsOpaqueMarker(child))
            whiteouts.HideContent(parent);
        else
            whiteouts.Hide(parent, hidden);
        Forget();
    }

    private void WriteDirectory(TarEntry entry, OpenDirectory parent, byte[] child, FileFacts? before)
    {
        if (before is not { IsDirectory: true })
        {
            Clear(parent, child, before);
            parent.CreateDirectory(child);
        }

        using var directory = parent.OpenChild(child);
        LayerAttributes.SetOwner(parent, child, entry);
        LayerAttributes.SetDirectory(directory, entry);
    }

    private void KeepTime(TarEntry entry, byte[] path)
    {
        _directoryNames += path.Length;
        if (_directoryNames > MostDirectoryNames)
            throw Bad(entry, $"the names of the layer's directories take more than {MostDirectoryNames} bytes");
        _directoryTimes.Add((path, entry.Modified));
    }

    private void WriteFile(TarArchiveReader archive, TarEntry entry, OpenDirectory parent, byte[] child, CancellationToken cancellation)
    {
        using (var file = parent.CreateFile(child))
        {
            if (entry.Extents is null)
                Copy(archive, file, new Extent(0, entry.Stored), cancellation);
            else
            {
                RandomAccess.SetLength(file, entry.Size);
                foreach (var extent in entry.Extents)
                    Copy(archive, file, extent, cancellation);
            }

            LayerAttributes.SetOwner(parent, child, entry);
            LayerAttributes.SetFile(file, entry);
        }

        LayerAttributes.SetTime(parent, child, entry.Modified);
    }

    private void Copy(TarArchiveReader archive, SafeFileHandle file, Extent extent, CancellationToken cancellation)
    {
        var done = 0L;
        while (done < extent.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = archive.ReadData(_buffer.AsSpan(0, (int)Math.Min(_buffer.Length, extent.Length - done)));
            RandomAccess.Write(file, _buffer.AsSpan(0, read), extent.Offset + done);
            done += read;
        }
    }

    private void WriteHardLink(TarEntry entry, OpenDirectory parent, byte[] child)
    {
        var source = Parts(entry, entry.LinkName);
        if (source.Count == 0)
            throw Bad(entry, "is a hard link to the root");
        using var from = root.FindInRoot(EntryName.Join(source, source.Count - 1));
        if (from?.Stat(source[^1]) is not { IsDirectory: false } facts)
            throw Bad(entry, $"links to '{EntryName.Show(entry.LinkName)}', which is not a file of this layer or of one below");

        // Both names already belong to the same file; removing one could remove the other.
        var before = parent.Stat(child);
        if (before is { } same && (same.Inode, same.Device) == (facts.Inode, facts.Device))
            return;
        Clear(parent, child, before);
        from.Link(source[^1], parent, child);
    }

    /// <summary>A later entry replaces an earlier one of the same name, as in tar, and also what lower layers have there.</summary>
    private void Clear(OpenDirectory parent, byte[] child, FileFacts? before)
    {
        if (before is not { } facts)
            return;
        if (!facts.IsDirectory)
            parent.Remove(child, isDirectory: false);
        else
            parent.RemoveTree(child);

        // The open directory may be below what was removed, or reached over a removed link.
        _parentPath = null;
    }

    private void Forget()
    {
        _parent?.Dispose();
        (_parent, _parentPath) = (null, null);
    }

    private DomainException Bad(TarEntry entry, string rule) => ImageError.Bad($"entry '{entry.ShownName}' of {name} {rule}");
}
