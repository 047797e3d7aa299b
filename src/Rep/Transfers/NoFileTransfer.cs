using Scheduler.Contracts.V1;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Transfers;

/// <summary>Transfers of simulated cells, whose containers have no files: every transfer counts as done.</summary>
internal sealed class NoFileTransfer : IFileTransfer
{
    public Task<TransferResult> DownloadAsync(string handle, DownloadAction action, CancellationToken cancellation) =>
        Task.FromResult(new TransferResult(null));

    public Task<TransferResult> UploadAsync(string handle, UploadAction action, CancellationToken cancellation) =>
        Task.FromResult(new TransferResult(null));
}
