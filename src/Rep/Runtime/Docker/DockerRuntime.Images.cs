namespace Scheduler.Rep.Runtime.Docker;

public sealed partial class DockerRuntime
{
    /// <summary>Pulls for clients at the same time; more wait. They must not take the places of containers.</summary>
    private const int PullsAtOnce = 4;

    private readonly SemaphoreSlim _pulling = new(PullsAtOnce);

    public ICellImages Images => field ??= new CellImages(this);

    private IReadOnlyCollection<string> UsedImages => [.. _known.Values.Select(container => container.Image)];

    private async Task CollectImagesAsync()
    {
        try
        {
            await Cell.Images.CollectAsync(UsedImages);
        }
        catch (Exception failure) when (failure is ContainerRuntimeException or IOException or UnauthorizedAccessException)
        {
            log.ImagesStay(failure);
        }
    }

    private sealed class CellImages(DockerRuntime runtime) : ICellImages
    {
        private EngineImages Images => runtime.Cell.Images;

        public IReadOnlyList<KeptImage> List() => Images.List(runtime.UsedImages);

        public IReadOnlyList<ImagePull> Pulls() => [.. Images.Pulls().Select(pull => pull.Read()).OrderBy(pull => pull.Since)];

        public async Task<KeptImage> PullAsync(
            string rootFs,
            RegistryCredentials? credentials,
            Action<Func<ImagePull>> pulling,
            CancellationToken cancellation
        )
        {
            await runtime._pulling.WaitAsync(cancellation);
            try
            {
                return await Images.PullAsync(rootFs, credentials, pulling, runtime.UsedImages, cancellation);
            }
            finally
            {
                runtime._pulling.Release();
            }
        }

        public Task<long> RemoveAsync(string rootFs) => Images.RemoveAsync(rootFs, runtime.UsedImages);

        public Task<(int Images, long Bytes)> PruneAsync(TimeSpan unusedFor) => Images.PruneAsync(unusedFor, runtime.UsedImages);
    }
}
