namespace Scheduler.Rep.Transfers.Web;

/// <summary>Bounds the transfers of a cell that run at the same time. Waiters are served in order of arrival.</summary>
internal sealed class TransferSlots(TransferOptions options) : IDisposable
{
    private readonly SemaphoreSlim _downloads = new(options.MaxConcurrentDownloads);
    private readonly SemaphoreSlim _uploads = new(options.MaxConcurrentUploads);

    /// <summary>A turn to download or to unpack. Nothing that waits for another download may hold one.</summary>
    public Task<IDisposable> DownloadAsync(CancellationToken cancellation) => EnterAsync(_downloads, cancellation);

    public Task<IDisposable> UploadAsync(CancellationToken cancellation) => EnterAsync(_uploads, cancellation);

    public void Dispose()
    {
        _downloads.Dispose();
        _uploads.Dispose();
    }

    private static async Task<IDisposable> EnterAsync(SemaphoreSlim slots, CancellationToken cancellation)
    {
        await slots.WaitAsync(cancellation);
        return new Turn(slots);
    }

    private sealed class Turn(SemaphoreSlim slots) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
                slots.Release();
        }
    }
}
