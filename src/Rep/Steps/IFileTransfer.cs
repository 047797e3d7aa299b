using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Steps;

/// <summary>How a transfer ended.</summary>
/// <param name="Error">Null: well.</param>
/// <param name="Bytes">Size of what was transferred; null if it is not known.</param>
internal readonly record struct TransferResult(StepError? Error, long? Bytes = null);

/// <summary>Transfers files between the network and a container. Errors contain no URLs, because URLs carry credentials.</summary>
internal interface IFileTransfer
{
    Task<TransferResult> DownloadAsync(string handle, DownloadAction action, CancellationToken cancellation);

    Task<TransferResult> UploadAsync(string handle, UploadAction action, CancellationToken cancellation);
}
