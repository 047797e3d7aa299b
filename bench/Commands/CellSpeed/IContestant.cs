namespace Scheduler.Bench.Commands.CellSpeed;

/// <summary>One way to start containers. Preparing and removing are not measured.</summary>
internal interface IContestant
{
    string Name { get; }

    Task PrepareAsync(string name, CancellationToken cancellationToken);

    /// <summary>Starts the container. Ends when the starting call has returned and the program in the container has reported.</summary>
    /// <returns>The time until the program reported.</returns>
    Task<TimeSpan> StartAsync(string name, CancellationToken cancellationToken);

    /// <summary>Removes the container and what was prepared for it; succeeds if there is none.</summary>
    Task RemoveAsync(string name);
}
