namespace Scheduler.Simulation.Machines;

/// <summary>How containers fare on a machine, apart from what their programs do themselves.</summary>
internal sealed record ContainerConditions
{
    public static readonly ContainerConditions Fair = new();

    public TimeSpan LeastCreation { get; init; } = TimeSpan.FromMilliseconds(80);

    public TimeSpan MostCreation { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>How many creations in one take up to <see cref="MostSlow"/>.</summary>
    public double SlowProbability { get; init; }

    public TimeSpan MostSlow { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How many creations in one fail.</summary>
    public double FailureProbability { get; init; }

    /// <summary>How many programs in one cannot be started.</summary>
    public double StartFailureProbability { get; init; }

    /// <summary>How many containers in one never pass their monitor.</summary>
    public double NeverHealthyProbability { get; init; }

    /// <summary>How many processes do not hear the request to terminate and must be killed.</summary>
    public double DeafProbability { get; init; }
}
