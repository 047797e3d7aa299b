using Scheduler.Rep.Images.Tar;

namespace Scheduler.Rep.Transfers.Archives;

/// <summary>The entries of an archive, one after the other. Names are those in the archive, unchecked.</summary>
internal interface IArchive : IDisposable
{
    /// <summary>The next entry; null at the end.</summary>
    /// <exception cref="BadArchiveException">The archive is malformed.</exception>
    TarEntry? Next();

    /// <summary>Reads stored bytes of the entry returned last; 0 at its end.</summary>
    /// <exception cref="BadArchiveException">The archive is malformed.</exception>
    int ReadData(Span<byte> buffer);
}

/// <summary>An archive cannot be unpacked; the message says why, and names the entry.</summary>
internal sealed class BadArchiveException(string message, Exception? inner = null) : Exception(message, inner);
