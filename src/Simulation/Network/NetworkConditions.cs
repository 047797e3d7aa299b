namespace Scheduler.Simulation.Network;

/// <summary>Delays and losses of messages on links that are not cut.</summary>
internal sealed record NetworkConditions
{
    /// <summary>A healthy data centre.</summary>
    public static readonly NetworkConditions Fair = new();

    public TimeSpan LeastDelay { get; init; } = TimeSpan.FromMicroseconds(200);

    public TimeSpan MostDelay { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>Probability (0 to 1) that a message is delayed by up to <see cref="MostSpike"/>.</summary>
    public double SpikeProbability { get; init; }

    public TimeSpan MostSpike { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Probability (0 to 1) that a call loses its connection, half of them before the request arrives and half while the reply is in
    /// transit.
    /// </summary>
    public double DropProbability { get; init; }

    /// <summary>
    /// Probability (0 to 1) that a unary call arrives twice, as when a proxy repeats it; the caller gets the reply of the second.
    /// </summary>
    public double DuplicateProbability { get; init; }
}
