using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Runs;

/// <summary>What must lie on the cell's disk before a container can be made, and goes with it.</summary>
internal interface IContainerFiles
{
    /// <summary>Puts everything in place. Doing it again for the same container gives the same mounts.</summary>
    /// <exception cref="PreparationException">Something could not be had.</exception>
    Task<IReadOnlyList<BindMount>> PrepareAsync(WorkDefinition work, Action<string> say, CancellationToken cancellation);

    /// <summary>An unknown container is a success.</summary>
    Task RemoveAsync(string containerGuid, CancellationToken cancellation);
}

/// <summary>Why a container cannot be made, in Diego's words.</summary>
internal sealed class PreparationException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The work is at fault, such as its image: trying again changes nothing.</summary>
    public bool IsPermanent { get; init; }
}
