using Scheduler.Rep.Images;
using Scheduler.Rep.Images.Tar;

namespace Scheduler.Rep.Transfers.Archives;

/// <summary>
/// Recognizes archives by their content: names and content types of file servers say nothing reliable. Knows tar, plain or compressed with
/// gzip or zstd, and zip.
/// </summary>
internal static class ArchiveFile
{
    private static ReadOnlySpan<byte> ZipMagic => "PK\u0003\u0004"u8;

    private static ReadOnlySpan<byte> EmptyZipMagic => "PK\u0005\u0006"u8;

    /// <summary>The archive in a file; null if the file is none.</summary>
    /// <param name="file">Can be positioned, and stays open.</param>
    /// <exception cref="BadArchiveException">It begins like an archive and is malformed.</exception>
    public static async Task<IArchive?> OpenAsync(Stream file, CancellationToken cancellation)
    {
        var magic = new byte[4];
        file.Seek(0, SeekOrigin.Begin);
        var length = await file.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, cancellation);
        if (length == magic.Length && (ZipMagic.SequenceEqual(magic) || EmptyZipMagic.SequenceEqual(magic)))
            return ZipEntries.Open(file);
        if (!await IsTarAsync(file, cancellation))
            return null;
        file.Seek(0, SeekOrigin.Begin);
        return new TarArchive(await Compression.OpenAsync(file, cancellation));
    }

    private static async Task<bool> IsTarAsync(Stream file, CancellationToken cancellation)
    {
        file.Seek(0, SeekOrigin.Begin);
        await using var plain = await Compression.OpenAsync(file, cancellation);
        var block = new byte[TarHeader.BlockSize];
        try
        {
            if (await plain.Stream.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, cancellation) < block.Length)
                return false;
            // Only a compressed file is an archive without entries: a plain one of zeros is more likely to be just that.
            if (TarHeader.IsEmpty(block))
                return plain.Stream is not PeekedStream;
            TarHeader.Parse(block);
            return true;
        }
        catch (TarFormatException)
        {
            return false;
        }
        catch (Exception failure) when (plain.IsBroken(failure))
        {
            throw new BadArchiveException($"it is not valid {plain.Name} data: {failure.Message}", failure);
        }
    }
}
