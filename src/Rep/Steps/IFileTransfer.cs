using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Steps;

/// <summary>Moves files between the network and a container. The error of a failed transfer holds no URL: those carry credentials.</summary>
internal interface IFileTransfer
{
    Task<StepResult> DownloadAsync(string handle, DownloadAction action, CancellationToken cancellation);

    Task<StepResult> UploadAsync(string handle, UploadAction action, CancellationToken cancellation);
}
