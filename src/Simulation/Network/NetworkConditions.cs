namespace Scheduler.Simulation.Network;

/// <summary>How the network treats messages while nothing in particular is cut.</summary>
internal sealed record NetworkConditions
{
    /// <summary>A healthy data centre.</summary>
    public static readonly NetworkConditions Fair = new();

    public TimeSpan LeastDelay { get; init; } = TimeSpan.FromMicroseconds(200);

    public TimeSpan MostDelay { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>How many messages in one are held up for up to <see cref="MostSpike"/>.</summary>
    public double SpikeProbability { get; init; }

    public TimeSpan MostSpike { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many calls in one lose their connection, half of them before they arrive and half with the answer on its way.</summary>
    public double DropProbability { get; init; }

    /// <summary>How many unary calls in one arrive twice, as when a proxy repeats them; the caller is answered after the second.</summary>
    public double DuplicateProbability { get; init; }
}
