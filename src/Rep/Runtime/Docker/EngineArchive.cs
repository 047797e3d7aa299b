using System.Formats.Tar;
using System.IO.Pipelines;
using System.Text.Json;
using Scheduler.Models;
using Scheduler.Rep.Images;
using Scheduler.Rep.Images.Content;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>Writes an image as an archive of the kind that the engine loads, whatever kind of archive or layout it is in.</summary>
/// <param name="directory">For one layer at a time, as its size must be known before its content.</param>
internal sealed class EngineArchive(IImageSource source, ImageManifest manifest, string directory, ImageOptions options)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static long _spooled;

    /// <summary>Passes the archive on while it is written.</summary>
    /// <param name="name">What the engine shall know the image by.</param>
    /// <exception cref="Models.DomainException">A layer is missing or is not what it should be.</exception>
    public async Task SendAsync(string name, Func<Stream, Task> send, CancellationToken cancellation)
    {
        var pipe = new Pipe();
        var writing = WriteAsync(name, pipe.Writer, cancellation);
        try
        {
            await send(pipe.Reader.AsStream());
        }
        catch when (writing is { IsCompleted: true, IsCompletedSuccessfully: false })
        {
            await writing; // the image is at fault rather than its receiver
            throw;
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
            await writing.Ended();
        }

        await writing;
    }

    private async Task WriteAsync(string name, PipeWriter pipe, CancellationToken cancellation)
    {
        try
        {
            await using (var tar = new TarWriter(pipe.AsStream(leaveOpen: true), TarEntryFormat.Pax))
                await WriteAsync(name, tar, cancellation);
            await pipe.CompleteAsync();
        }
        catch (Exception failure)
        {
            await pipe.CompleteAsync(failure);
            throw;
        }
    }

    private async Task WriteAsync(string name, TarWriter tar, CancellationToken cancellation)
    {
        var config = $"{Digests.Hex(Digests.Of(manifest.Config.Span))}.json";
        var layers = new List<string>();
        foreach (var layer in manifest.Layers)
        {
            var file = $"{layers.Count}/layer.tar";
            layers.Add(file);
            await using var content = await SpoolAsync(layer, cancellation);
            await WriteAsync(tar, file, content, cancellation);
        }

        await WriteAsync(tar, config, new MemoryStream(manifest.Config.ToArray()), cancellation);
        List<DockerArchiveImage> images =
        [
            new()
            {
                Config = config,
                RepoTags = [name],
                Layers = layers,
            },
        ];
        var index = JsonSerializer.SerializeToUtf8Bytes(images, OciJson.Default.ListDockerArchiveImage);
        await WriteAsync(tar, DockerArchive.ManifestFile, new MemoryStream(index), cancellation);
    }

    private static async Task WriteAsync(TarWriter tar, string name, Stream content, CancellationToken cancellation) =>
        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = Readable, DataStream = content }, cancellation);

    /// <summary>
    /// The layer in a file that goes when it is closed. The engine itself decompresses gzip and checks the result against the image's
    /// configuration; version 20.10 does not know zstd.
    /// </summary>
    private async Task<FileStream> SpoolAsync(ImageLayer layer, CancellationToken cancellation)
    {
        await source.ReadyAsync(layer, cancellation);
        await using var blob = await source.OpenLayerAsync(layer, cancellation);
        var stored = await SpoolAsync(layer, blob, cancellation);
        try
        {
            await blob.ProveAsync(cancellation);
            await using var compression = await Compression.OpenAsync(stored, cancellation);
            if (compression.Name != "zstd")
            {
                stored.Position = 0;
                return stored;
            }

            var plain = await SpoolAsync(layer, compression.Stream, cancellation);
            await stored.DisposeAsync();
            return plain;
        }
        catch
        {
            await stored.DisposeAsync();
            throw;
        }
    }

    private async Task<FileStream> SpoolAsync(ImageLayer layer, Stream content, CancellationToken cancellation)
    {
        var file = new FileStream(
            Path.Combine(directory, $"layer-{Interlocked.Increment(ref _spooled)}"),
            new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.DeleteOnClose,
            }
        );
        try
        {
            var buffer = new byte[64 << 10];
            while (await content.ReadAsync(buffer, cancellation) is > 0 and var read)
            {
                if (file.Length + read > options.MaxLayerBytes)
                    throw ImageError.Bad($"{layer.Name} is larger than {options.MaxLayerBytes} bytes");
                await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }

            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }
}
