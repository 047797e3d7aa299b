using System.Formats.Tar;

namespace Scheduler.Rep.Images;

/// <summary>An OCI image layout, read from a directory or from a tar archive of one.</summary>
internal sealed class ImageLayout
{
    private readonly Dictionary<string, (long Offset, long Length)>? _archive;

    private ImageLayout(string path, Dictionary<string, (long Offset, long Length)>? archive) => (Path, _archive) = (path, archive);

    public string Path { get; }

    public static async Task<ImageLayout> OpenAsync(string path, CancellationToken cancellation)
    {
        if (Directory.Exists(path)) return new ImageLayout(path, null);
        if (!File.Exists(path)) throw ImageError.Bad($"{path} does not exist on this cell");
        return new ImageLayout(path, await IndexAsync(path, cancellation));
    }

    /// <summary>Opens one file of the layout, such as <c>index.json</c> or <c>blobs/sha256/…</c>; null if it does not exist.</summary>
    public Stream? Open(string name)
    {
        if (_archive is null)
        {
            var path = System.IO.Path.Combine(Path, name);
            return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 << 10) : null;
        }

        if (!_archive.TryGetValue(name, out var part)) return null;
        var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 << 10);
        file.Position = part.Offset;
        return new PartStream(file, part.Length);
    }

    private static async Task<Dictionary<string, (long Offset, long Length)>> IndexAsync(string path, CancellationToken cancellation)
    {
        var parts = new Dictionary<string, (long, long)>();
        try
        {
            await using var file = File.OpenRead(path);
            await using var tar = new TarReader(file);
            while (await tar.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)) continue;
                var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                parts[name] = (entry.DataOffset, entry.Length);
            }
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw ImageError.Bad($"{path} is not a tar archive of an OCI image layout ({failure.Message})");
        }

        return parts;
    }

    /// <summary>A stream over the next bytes of a file, up to a given number.</summary>
    private sealed class PartStream(FileStream file, long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var read = file.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
            _left -= read;
            return read;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default)
        {
            var read = await file.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellation);
            _left -= read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) file.Dispose();
            base.Dispose(disposing);
        }
    }
}
