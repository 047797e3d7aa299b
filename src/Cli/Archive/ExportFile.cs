using Scheduler.Models;

namespace Scheduler.Cli.Archive;

/// <summary>
/// The file of an export while it is written. It has another name until it is whole. It contains definitions of work with their secrets, so
/// only its owner may read it.
/// </summary>
internal sealed class ExportFile : IDisposable
{
    private const int BufferBytes = 1024 * 1024;

    private readonly string _path;
    private readonly string _draft;
    private readonly FileStream _stream;

    private ExportFile(string path, string draft, FileStream stream) => (_path, _draft, _stream) = (path, draft, stream);

    public Stream Stream => _stream;

    /// <exception cref="DomainException">The file exists or cannot be created.</exception>
    public static ExportFile Create(string path)
    {
        path = Path.GetFullPath(path);
        // Never replaced: it may be the only good export, or a device.
        if (Path.Exists(path))
            throw DomainError.Invalid("file", $"{path} exists already; choose another name, or - for the standard output").ToException();
        var draft = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            return new ExportFile(
                path,
                draft,
                new FileStream(
                    draft,
                    new FileStreamOptions
                    {
                        Mode = FileMode.CreateNew,
                        Access = FileAccess.Write,
                        BufferSize = BufferBytes,
                        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                    }
                )
            );
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DomainException(DomainError.Invalid("file", $"cannot write {path}: {failure.Message}"), failure);
        }
    }

    /// <summary>Makes the file durable and gives it its name.</summary>
    public void Complete()
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_draft, _path, overwrite: false);
    }

    /// <summary>Deletes what was written unless it is complete.</summary>
    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        finally
        {
            File.Delete(_draft);
        }
    }
}
