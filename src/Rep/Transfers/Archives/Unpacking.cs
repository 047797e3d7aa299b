using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Transfers.Web;

namespace Scheduler.Rep.Transfers.Archives;

/// <summary>Where a download goes.</summary>
/// <param name="FileName">Its name if it is no archive; null: nobody named it.</param>
internal sealed record UnpackPlace(OpenDirectory Directory, string? FileName);

/// <summary>Unpacks a downloaded file, or writes it as it is if it is no archive.</summary>
internal static class Unpacking
{
    private const string Unnamed = "download";

    /// <param name="open">Finds the place for an archive (true), or for a file that is none.</param>
    /// <param name="owner">As for <see cref="Unpacker"/>.</param>
    /// <param name="mode">Of a file that is no archive.</param>
    /// <returns>Disk used.</returns>
    /// <exception cref="TransferException">The archive or the directory is at fault.</exception>
    public static async Task<long> RunAsync(
        string path,
        Func<bool, UnpackPlace> open,
        FileOwner? owner,
        UnpackLimits limits,
        int mode,
        CancellationToken cancellation
    )
    {
        try
        {
            await using var file = File.OpenRead(path);
            using var archive = await ArchiveFile.OpenAsync(file, cancellation);

            // Thousands of system calls in a row: on a dedicated thread, not on one of the shared pool.
            return await Task.Factory.StartNew(
                () =>
                {
                    var place = open(archive is not null);
                    using var target = place.Directory;
                    using var unpacker = new Unpacker(target, owner, limits);
                    if (archive is not null)
                        unpacker.Unpack(archive, cancellation);
                    else
                    {
                        file.Seek(0, SeekOrigin.Begin);
                        unpacker.WriteFile(file, place.FileName ?? Unnamed, mode, cancellation);
                    }

                    return unpacker.DiskBytes;
                },
                cancellation,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
        }
        catch (BadArchiveException failure)
        {
            throw TransferException.Permanent(failure.Message, failure);
        }
        catch (UnpackException failure)
        {
            throw new TransferException(failure.Message, failure) { IsPermanent = failure.IsPermanent };
        }
    }
}
