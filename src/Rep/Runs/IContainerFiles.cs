using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Runs;

/// <summary>Files on the cell's disk that a container needs before its creation and that are removed with it.</summary>
internal interface IContainerFiles
{
    /// <summary>Prepares all files. Idempotent: repeating it for the same container returns the same mounts.</summary>
    /// <param name="say">Writes a line to the container's log; the first argument is the log source, which may be empty.</param>
    /// <exception cref="PreparationException">A file could not be provided.</exception>
    Task<IReadOnlyList<BindMount>> PrepareAsync(WorkDefinition work, Action<string, string> say, CancellationToken cancellation);

    /// <summary>Succeeds for an unknown container.</summary>
    Task RemoveAsync(string containerGuid, CancellationToken cancellation);
}

/// <summary>Why a container cannot be created, in Diego's wording.</summary>
internal sealed class PreparationException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The work itself is at fault, for example its image: a retry would fail the same way.</summary>
    public bool IsPermanent { get; init; }
}
