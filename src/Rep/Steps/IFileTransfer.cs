using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Steps;

/// <summary>Transfers files between the network and a container. Errors contain no URLs, because URLs carry credentials.</summary>
internal interface IFileTransfer
{
    Task<StepResult> DownloadAsync(string handle, DownloadAction action, CancellationToken cancellation);

    Task<StepResult> UploadAsync(string handle, UploadAction action, CancellationToken cancellation);
}
