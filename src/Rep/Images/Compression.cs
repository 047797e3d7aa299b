using System.IO.Compression;
using ZstdSharp;

namespace Scheduler.Rep.Images;

/// <summary>Extracts a layer's archive from its blob.</summary>
/// <param name="Name">Name of the compression in messages.</param>
internal sealed record Compression(Stream Stream, string Name) : IAsyncDisposable
{
    private static ReadOnlySpan<byte> ZstandardMagic => [0x28, 0xB5, 0x2F, 0xFD];

    /// <summary>A frame that decoders skip; zstd variants of estargz begin with one.</summary>
    private static ReadOnlySpan<byte> SkippableMagic => [0x2A, 0x4D, 0x18];

    private static ReadOnlySpan<byte> GzipMagic => [0x1F, 0x8B];

    /// <summary>
    /// Detects the compression from a layer's first bytes; media types of older tools are unreliable. Leaves the blob open.
    /// </summary>
    public static async Task<Compression> OpenAsync(Stream blob, CancellationToken cancellation)
    {
        var peeked = new PeekedStream(blob);
        var magic = (await peeked.PeekAsync(cancellation)).Span;
        if (magic.StartsWith(GzipMagic))
            return new Compression(new GZipStream(peeked, CompressionMode.Decompress, leaveOpen: true), "gzip");
        if (magic.StartsWith(ZstandardMagic) || (magic.Length == 4 && magic[0] >> 4 == 5 && magic[1..].SequenceEqual(SkippableMagic)))
            return new Compression(new DecompressionStream(peeked), "zstd");
        return new Compression(peeked, "tar");
    }

    /// <summary>True for exceptions that the decoder throws for data in another format.</summary>
    public bool IsBroken(Exception failure) => failure is InvalidDataException or ZstdException or EndOfStreamException;

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
