using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Runs;

/// <summary>For simulated cells: their containers have no files, so whatever should lie there is taken to lie there.</summary>
internal sealed class NoContainerFiles : IContainerFiles
{
    public Task<IReadOnlyList<BindMount>> PrepareAsync(WorkDefinition work, Action<string> say, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<BindMount>>([]);

    public Task RemoveAsync(string containerGuid, CancellationToken cancellation) => Task.CompletedTask;
}
