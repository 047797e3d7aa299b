using System.IO.Compression;
using System.Text;
using Scheduler.Rep.Images.Tar;

namespace Scheduler.Rep.Transfers.Archives;

/// <summary>A zip archive.</summary>
internal sealed class ZipEntries : IArchive
{
    private const int TypeBits = 0xF000,
        SymbolicLink = 0xA000,
        DefaultMode = 0b110_100_100,
        DefaultDirectoryMode = 0b111_101_101;

    private readonly ZipArchive _archive;
    private readonly IEnumerator<ZipArchiveEntry> _entries;
    private Stream? _data;

    private ZipEntries(ZipArchive archive) => (_archive, _entries) = (archive, archive.Entries.GetEnumerator());

    /// <exception cref="BadArchiveException">It is no zip archive, or its directory is too large.</exception>
    public static ZipEntries Open(Stream file)
    {
        if (ZipDirectory.SizeOf(file) is null or < 0 or > ZipDirectory.Largest)
            throw new BadArchiveException($"it is not a valid zip archive, or its directory has more than {ZipDirectory.Largest} bytes");
        file.Seek(0, SeekOrigin.Begin);
        return Reading(() => new ZipEntries(new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true)));
    }

    public TarEntry? Next() =>
        Reading(() =>
        {
            _data?.Dispose();
            _data = null;
            return _entries.MoveNext() ? Entry(_entries.Current) : null;
        });

    public int ReadData(Span<byte> buffer)
    {
        try
        {
            return _data?.Read(buffer) ?? 0;
        }
        catch (InvalidDataException failure)
        {
            throw Bad(failure);
        }
    }

    public void Dispose()
    {
        _data?.Dispose();
        _entries.Dispose();
        _archive.Dispose();
    }

    private TarEntry Entry(ZipArchiveEntry entry)
    {
        // The upper half of the attributes is the mode if the archive was made on Unix, and zero otherwise.
        var mode = (entry.ExternalAttributes >> 16) & 0xFFFF;
        var name = Encoding.UTF8.GetBytes(entry.FullName);
        var modified = new TarTime(entry.LastWriteTime.ToUnixTimeSeconds(), 0);
        if (entry.IsEncrypted)
            throw new BadArchiveException($"its entry '{EntryName.Show(name)}' is encrypted");
        if (entry.FullName.EndsWith('/'))
            return new TarEntry
            {
                Kind = TarEntryKind.Directory,
                Name = name,
                Mode = mode == 0 ? DefaultDirectoryMode : mode & 0xFFF,
                Modified = modified,
            };
        _data = entry.Open();
        if ((mode & TypeBits) == SymbolicLink)
            return new TarEntry
            {
                Kind = TarEntryKind.SymbolicLink,
                Name = name,
                LinkName = Target(_data),
                Modified = modified,
            };
        return new TarEntry
        {
            Kind = TarEntryKind.File,
            Name = name,
            Mode = mode == 0 ? DefaultMode : mode & 0xFFF,
            Modified = modified,
            Size = entry.Length,
            Stored = entry.Length,
        };
    }

    /// <summary>One byte more than a path may have, so that a longer one is found to be too long.</summary>
    private static byte[] Target(Stream content)
    {
        var target = new byte[EntryName.Longest + 1];
        return target[..content.ReadAtLeast(target, target.Length, throwOnEndOfStream: false)];
    }

    private static T Reading<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException or ArgumentException)
        {
            throw Bad(failure);
        }
    }

    private static BadArchiveException Bad(Exception failure) => new($"it is not a valid zip archive: {failure.Message}", failure);
}
