namespace Scheduler.Simulation.Machines;

/// <summary>Delays and failures of containers on a machine, apart from the behaviour of their programs.</summary>
internal sealed record ContainerConditions
{
    public static readonly ContainerConditions Fair = new();

    public TimeSpan LeastCreation { get; init; } = TimeSpan.FromMilliseconds(80);

    public TimeSpan MostCreation { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>Probability (0 to 1) that a creation takes up to <see cref="MostSlow"/>.</summary>
    public double SlowProbability { get; init; }

    public TimeSpan MostSlow { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>Probability (0 to 1) that a creation fails.</summary>
    public double FailureProbability { get; init; }

    /// <summary>Probability (0 to 1) that a program cannot be started.</summary>
    public double StartFailureProbability { get; init; }

    /// <summary>Probability (0 to 1) that a container never passes its monitor.</summary>
    public double NeverHealthyProbability { get; init; }

    /// <summary>Probability (0 to 1) that a process ignores the request to terminate and must be killed.</summary>
    public double DeafProbability { get; init; }
}
