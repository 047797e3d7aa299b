using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Steps;
using Scheduler.Rep.Transfers.Cache;
using Scheduler.Rep.Transfers.Web;

namespace Scheduler.Rep.Transfers;

/// <summary>Transfers between file servers and the containers of this machine.</summary>
internal sealed class FileTransfer(ContainerPlaces places, DownloadCache cache, Uploader uploader, TransferSlots slots) : IFileTransfer
{
    public Task<TransferResult> DownloadAsync(string handle, DownloadAction action, CancellationToken cancellation) =>
        ResultOfAsync(async () =>
        {
            var source = new Source(FileServers.Parse(action.From), Checksum.Of(action.ChecksumAlgorithm, action.ChecksumValue));
            using var held = await cache.GetAsync(new CacheRequest(CachedAs.File, action.CacheKey, source), cancellation);
            using var turn = await slots.DownloadAsync(cancellation);
            await places.UnpackAsync(held.Content, handle, action.User, action.To, source.FileName, cancellation);
            return held.Facts.Downloaded;
        });

    public Task<TransferResult> UploadAsync(string handle, UploadAction action, CancellationToken cancellation) =>
        ResultOfAsync(async () =>
        {
            var url = FileServers.Parse(action.To);
            using var turn = await slots.UploadAsync(cancellation);
            using var file = places.OpenFile(handle, action.User, action.From);
            return await uploader.UploadAsync(file, url, cancellation);
        });

    private static async Task<TransferResult> ResultOfAsync(Func<Task<long>> transfer)
    {
        try
        {
            return new TransferResult(null, await transfer());
        }
        catch (TransferException failure)
        {
            return Failed(failure.Message, failure.IsPermanent);
        }
        catch (ProcessStartException failure)
        {
            return Failed(failure.Message, failure.IsPermanent); // no such user
        }
        catch (Exception failure) when (failure is ContainerRuntimeException or DomainException)
        {
            return Failed(failure.Message, isPermanent: false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Failed(LocalFiles.Failed(failure).Message, isPermanent: false);
        }
    }

    private static TransferResult Failed(string message, bool isPermanent) => new(new StepError(message) { Permanent = isPermanent });
}
