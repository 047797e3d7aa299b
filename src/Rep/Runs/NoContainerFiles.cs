using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Runs;

/// <summary>Container files of simulated cells, which have none: every requested file counts as present.</summary>
internal sealed class NoContainerFiles : IContainerFiles
{
    public Task<IReadOnlyList<BindMount>> PrepareAsync(WorkDefinition work, Action<string, string> say, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<BindMount>>([]);

    public Task RemoveAsync(string containerGuid, CancellationToken cancellation) => Task.CompletedTask;
}
