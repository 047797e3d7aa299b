using System.Formats.Tar;
using System.Runtime.InteropServices;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Images;

/// <summary>
/// Writes the entries of one layer into an empty directory, in the form of an overlay's lower directory: whiteouts become 0/0 devices,
/// opaque markers an attribute. Every entry is checked before any of it is written.
/// </summary>
internal sealed class LayerUnpacker(string root, string blob, ImageOptions options)
{
    private const string Whiteout = ".wh.";
    private const string OpaqueMarker = ".wh..wh..opq";
    private const uint CharacterDevice = 0x2000;
    private const int LongestPath = 4_095;

    private readonly List<(string Path, DateTimeOffset Time)> _directoryTimes = [];
    private long _bytes;
    private int _entries;

    /// <returns>Bytes of file content written.</returns>
    public async Task<long> UnpackAsync(Stream layer, CancellationToken cancellation)
    {
        try
        {
            await using var tar = new TarReader(layer, leaveOpen: true);
            while (await tar.GetNextEntryAsync(copyData: false, cancellation) is { } entry) await UnpackAsync(entry, cancellation);
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw ImageError.Bad($"blob {blob} is not a valid tar archive: {failure.Message}");
        }

        // Last, because every file created in a directory changes the directory's times.
        for (var i = _directoryTimes.Count - 1; i >= 0; i--) Directory.SetLastWriteTimeUtc(_directoryTimes[i].Path, _directoryTimes[i].Time.UtcDateTime);
        return _bytes;
    }

    private async Task UnpackAsync(TarEntry entry, CancellationToken cancellation)
    {
        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes) return;
        if (++_entries > options.MaxLayerEntries) throw Bad(entry, $"the layer has more than {options.MaxLayerEntries} entries");

        var parts = Parts(entry, entry.Name);
        if (parts.Count == 0)
        {
            if (entry.EntryType == TarEntryType.Directory) Attributes(entry, root);
            return;
        }

        var parent = Parent(entry, parts);
        var name = parts[^1];
        var target = Path.Combine(parent, name);
        if (name.StartsWith(Whiteout, StringComparison.Ordinal))
        {
            WriteWhiteout(entry, parent, name);
            return;
        }

        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                WriteDirectory(entry, target);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                await WriteFileAsync(entry, target, cancellation);
                break;
            case TarEntryType.SymbolicLink:
                Clear(target);
                File.CreateSymbolicLink(target, entry.LinkName);
                Owner(entry, target);
                break;
            case TarEntryType.HardLink:
                WriteHardLink(entry, target);
                break;
            case TarEntryType.CharacterDevice or TarEntryType.BlockDevice or TarEntryType.Fifo:
                // Containers get their devices from the runtime; a device node in an image would bypass that.
                break;
            default:
                throw Bad(entry, $"has the unknown type '{(char)entry.EntryType}'");
        }
    }

    /// <summary>
    /// The parts of an entry's name; refuses names that lead outside the layer. A leading "./", as tar writes it, is allowed.
    /// </summary>
    private List<string> Parts(TarEntry entry, string name)
    {
        if (name.StartsWith('/')) throw Bad(entry, "is an absolute path");
        if (name.Length > LongestPath || name.Contains('\0')) throw Bad(entry, "is not a path");
        List<string> parts = [.. name.Split('/').Where(part => part is not ("" or "."))];
        if (parts.Contains("..")) throw Bad(entry, "leaves the layer with '..'");
        return parts;
    }

    /// <summary>The entry's parent directory, created if missing. The path to it may not contain a symbolic link of the layer.</summary>
    private string Parent(TarEntry entry, List<string> parts)
    {
        var path = root;
        for (var i = 0; i < parts.Count - 1; i++)
        {
            path = Path.Combine(path, parts[i]);
            if (Native.Stat(path) is not { } facts) Directory.CreateDirectory(path);
            else if (facts.IsSymbolicLink) throw Bad(entry, $"leads through the symbolic link '{string.Join('/', parts.Take(i + 1))}'");
            else if (!facts.IsDirectory) throw Bad(entry, $"is below '{string.Join('/', parts.Take(i + 1))}', which is not a directory");
        }

        return path;
    }

    private void WriteWhiteout(TarEntry entry, string parent, string name)
    {
        if (name == OpaqueMarker)
        {
            Check(Native.SetExtendedAttribute(parent, "trusted.overlay.opaque", [(byte)'y'], 1, 0), entry, "opaque attribute");
            return;
        }

        var hidden = name[Whiteout.Length..];
        if (hidden is "" or "." or "..") throw Bad(entry, "is a whiteout that names no file");
        if (hidden.StartsWith(Whiteout, StringComparison.Ordinal)) return; // bookkeeping of other tools, such as .wh..wh.plnk
        var target = Path.Combine(parent, hidden);
        Clear(target);
        Check(Native.MakeNode(target, CharacterDevice, 0), entry, "whiteout");
    }

    private void WriteDirectory(TarEntry entry, string target)
    {
        if (Native.Stat(target) is not { IsDirectory: true })
        {
            Clear(target);
            Directory.CreateDirectory(target);
        }

        Attributes(entry, target);
        _directoryTimes.Add((target, entry.ModificationTime));
    }

    private async Task WriteFileAsync(TarEntry entry, string target, CancellationToken cancellation)
    {
        _bytes += entry.Length;
        if (_bytes > options.MaxLayerBytes) throw Bad(entry, $"the layer unpacks to more than {options.MaxLayerBytes} bytes");

        Clear(target);
        await using (var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
        {
            if (entry.DataStream is { } data) await data.CopyToAsync(file, 256 << 10, cancellation);
        }

        Attributes(entry, target);
        File.SetLastWriteTimeUtc(target, entry.ModificationTime.UtcDateTime);
    }

    private void WriteHardLink(TarEntry entry, string target)
    {
        var parts = Parts(entry, entry.LinkName);
        if (parts.Count == 0) throw Bad(entry, "is a hard link to the root");
        var source = Path.Combine(Parent(entry, parts), parts[^1]);
        if (Native.Stat(source) is not { IsDirectory: false })
            throw Bad(entry, $"links to '{entry.LinkName}', which is not a file of this layer");
        if (source == target) return;
        Clear(target);
        Check(Native.Link(source, target), entry, "hard link");
    }

    /// <summary>Sets the owner first: changing it clears the set-user-id bits.</summary>
    private void Attributes(TarEntry entry, string target)
    {
        Owner(entry, target);
        File.SetUnixFileMode(target, entry.Mode);
    }

    private void Owner(TarEntry entry, string target) => Check(Native.ChangeOwner(target, (uint)entry.Uid, (uint)entry.Gid), entry, "owner");

    /// <summary>A later entry with the same name replaces an earlier one, as in tar.</summary>
    private static void Clear(string target)
    {
        if (Native.Stat(target) is not { } facts) return;
        if (facts.IsDirectory) Directory.Delete(target, recursive: true);
        else File.Delete(target);
    }

    private void Check(int result, TarEntry entry, string what)
    {
        if (result == 0) return;
        throw new ContainerRuntimeException($"cannot set {what} of '{entry.Name}' of layer {blob}: {new System.ComponentModel.Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    private DomainException Bad(TarEntry entry, string rule) => ImageError.Bad($"entry '{entry.Name}' of blob {blob} {rule}");
}
