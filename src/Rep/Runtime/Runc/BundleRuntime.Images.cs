using Scheduler.Rep.Images;

namespace Scheduler.Rep.Runtime.Runc;

public abstract partial class BundleRuntime
{
    /// <summary>Pulls for clients at the same time; more wait. They must not take the places of containers.</summary>
    private const int PullsAtOnce = 4;

    private readonly SemaphoreSlim _pulling = new(PullsAtOnce);

    public ICellImages Images => field ??= new CellImages(this);

    /// <summary>The layers of all containers, complete or not. Read while it is enumerated.</summary>
    private IEnumerable<LayerUse> LayerUses()
    {
        foreach (var handle in Handles())
        {
            if (Record(handle) is { } record)
                yield return new LayerUse(handle, record.LayerKeys);
        }
    }

    private sealed class CellImages(BundleRuntime runtime) : ICellImages
    {
        private ImageStore Store => runtime.Machine.Images;

        public IReadOnlyList<KeptImage> List() => Store.List(runtime.LayerUses());

        public IReadOnlyList<ImagePull> Pulls() => [.. Store.Pulls().Select(pull => pull.Read()).OrderBy(pull => pull.Since)];

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
                var request = new ImageRequest(rootFs) { Credentials = credentials, Pulling = progress => pulling(progress.Read) };
                return await Store.PullAsync(request, runtime.LayerUses(), cancellation);
            }
            finally
            {
                runtime._pulling.Release();
            }
        }

        public Task<long> RemoveAsync(string rootFs) => OnOwnThreadAsync(() => Store.Remove(rootFs, runtime.LayerUses()));

        public Task<(int Images, long Bytes)> PruneAsync(TimeSpan unusedFor) =>
            OnOwnThreadAsync(() => Store.Prune(unusedFor, runtime.LayerUses()));

        /// <summary>Deleting a large layer takes seconds, which must not hold up the shared pool.</summary>
        private static Task<T> OnOwnThreadAsync<T>(Func<T> work) =>
            Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }
}
