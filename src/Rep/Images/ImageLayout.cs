using System.Text;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Images.Tar;

namespace Scheduler.Rep.Images;

/// <summary>
/// An OCI image layout, read from a directory or from a tar archive of one, or an archive written by <c>docker save</c>.
/// </summary>
internal sealed class ImageLayout
{
    /// <summary>An archive of hundreds of images has a few thousand.</summary>
    private const int MostFiles = 100_000;

    private readonly Dictionary<string, (long Offset, long Length)>? _archive;

    private ImageLayout(string path, Dictionary<string, (long Offset, long Length)>? archive) => (Path, _archive) = (path, archive);

    public string Path { get; }

    /// <summary>Opens the target of a reference; see <see cref="ImageReference.Layout"/>.</summary>
    public static IImageSource Open(ImageReference.Layout reference, ImageOptions options, CancellationToken cancellation)
    {
        var (path, tag) = reference.Readings().FirstOrDefault(reading => System.IO.Path.Exists(reading.Path));
        if (path is null)
            throw ImageError.Bad($"{reference.Path} does not exist on this cell");
        var layout = new ImageLayout(path, Directory.Exists(path) ? null : Index(path, cancellation));
        return !layout.Has(LayoutImage.IndexFile) && layout.Has(DockerArchive.ManifestFile)
            ? new DockerArchive(layout, tag, options)
            : new LayoutImage(layout, tag, options);
    }

    /// <summary>The complete content of a small file; null if it does not exist.</summary>
    public async Task<byte[]?> ReadAsync(string name, int maxBytes, CancellationToken cancellation)
    {
        if (Open(name) is not { } file)
            return null;
        await using var stream = new VerifiedStream(file, name, maxBytes);
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, cancellation);
        return content.ToArray();
    }

    private bool Has(string name) => _archive?.ContainsKey(name) ?? File.Exists(System.IO.Path.Combine(Path, name));

    /// <summary>Opens one file of the layout, such as <c>index.json</c> or <c>blobs/sha256/…</c>; null if it does not exist.</summary>
    public Stream? Open(string name)
    {
        if (_archive is null)
        {
            // Names also come from the documents, which are not trusted.
            if (name.Split('/').Contains("..") || name.StartsWith('/'))
                throw ImageError.Bad($"'{name}' is no name of a file in {Path}");
            var path = System.IO.Path.Combine(Path, name);
            return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 << 10) : null;
        }

        if (!_archive.TryGetValue(name, out var part))
            return null;
        var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 << 10);
        file.Position = part.Offset;
        return new PartStream(file, part.Length);
    }

    private static Dictionary<string, (long Offset, long Length)> Index(string path, CancellationToken cancellation)
    {
        var parts = new Dictionary<string, (long, long)>();
        var links = new Dictionary<string, string>();
        try
        {
            using var file = File.OpenRead(path);
            var tar = new TarArchiveReader(file);
            while (tar.Next() is { } entry)
            {
                cancellation.ThrowIfCancellationRequested();
                if (parts.Count + links.Count > MostFiles)
                    throw new TarFormatException($"it has more than {MostFiles} files");
                if (Name(entry.Name) is not { } name)
                    continue;
                if (entry.Kind == TarEntryKind.File && entry.Extents is null)
                    parts[name] = (tar.Position, entry.Stored);
                else if (entry.Kind == TarEntryKind.HardLink && Name(entry.LinkName) is { } same)
                    links[name] = same;
                else if (entry.Kind == TarEntryKind.SymbolicLink && Name([.. entry.Name, .. "/../"u8, .. entry.LinkName]) is { } target)
                    links[name] = target;
            }
        }
        catch (TarFormatException failure)
        {
            throw ImageError.Bad($"{path} is not a tar archive of an image ({failure.Message})");
        }

        // docker save writes a layer only once if an image contains it twice.
        foreach (var (name, target) in links)
        {
            if (parts.TryGetValue(target, out var part))
                parts.TryAdd(name, part);
        }

        return parts;

        static string? Name(byte[] name) =>
            EntryName.Parts(name) is { Count: > 0 } path ? Encoding.UTF8.GetString(EntryName.Join(path, path.Count)) : null;
    }

    /// <summary>A stream over the next bytes of a file, up to a given number.</summary>
    private sealed class PartStream(FileStream file, long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

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

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                file.Dispose();
            base.Dispose(disposing);
        }
    }
}
