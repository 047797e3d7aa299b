using Scheduler.Rep.Images;
using Scheduler.Rep.Images.Tar;

namespace Scheduler.Rep.Transfers.Archives;

/// <summary>A tar archive, which may be compressed.</summary>
internal sealed class TarArchive(Compression plain) : IArchive
{
    private readonly TarArchiveReader _reader = new(plain.Stream);

    public TarEntry? Next() => Reading(_reader.Next);

    public int ReadData(Span<byte> buffer)
    {
        try
        {
            return _reader.ReadData(buffer);
        }
        catch (Exception failure) when (IsBad(failure))
        {
            throw Bad(failure);
        }
    }

    public void Dispose() => plain.Stream.Dispose();

    private T Reading<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (IsBad(failure))
        {
            throw Bad(failure);
        }
    }

    private bool IsBad(Exception failure) => failure is TarFormatException || plain.IsBroken(failure);

    private BadArchiveException Bad(Exception failure) =>
        new(
            failure is TarFormatException
                ? $"it is not a valid tar archive: {failure.Message}"
                : $"it is not valid {plain.Name} data: {failure.Message}",
            failure
        );
}
