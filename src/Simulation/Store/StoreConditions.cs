namespace Scheduler.Simulation.Store;

/// <summary>How the database treats what it is asked while it is up.</summary>
internal sealed record StoreConditions
{
    public static readonly StoreConditions Fair = new();

    public TimeSpan LeastTime { get; init; } = TimeSpan.FromMilliseconds(0.5);

    public TimeSpan MostTime { get; init; } = TimeSpan.FromMilliseconds(4);

    /// <summary>How many operations in one are slow, for up to <see cref="MostSlow"/>.</summary>
    public double SlowProbability { get; init; }

    public TimeSpan MostSlow { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Refused with nothing written, and the caller knows.</summary>
    public double RefusedProbability { get; init; }

    /// <summary>Written, but the answer is lost.</summary>
    public double AnswerLostProbability { get; init; }

    /// <summary>Not written, and the caller cannot know.</summary>
    public double RequestLostProbability { get; init; }
}
