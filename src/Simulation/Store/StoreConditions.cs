namespace Scheduler.Simulation.Store;

/// <summary>Delays and failures of the database while it is up.</summary>
internal sealed record StoreConditions
{
    public static readonly StoreConditions Fair = new();

    public TimeSpan LeastTime { get; init; } = TimeSpan.FromMilliseconds(0.5);

    public TimeSpan MostTime { get; init; } = TimeSpan.FromMilliseconds(4);

    /// <summary>Probability (0 to 1) that an operation is slow, by up to <see cref="MostSlow"/>.</summary>
    public double SlowProbability { get; init; }

    public TimeSpan MostSlow { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Nothing is written, and the caller knows.</summary>
    public double RefusedProbability { get; init; }

    /// <summary>Written, but the reply is lost.</summary>
    public double AnswerLostProbability { get; init; }

    /// <summary>Not written, but the caller cannot know.</summary>
    public double RequestLostProbability { get; init; }
}
