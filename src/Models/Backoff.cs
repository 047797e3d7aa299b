namespace Scheduler.Models;

/// <summary>
/// How long to wait between tries of what fails: longer after each failure, up to a maximum. Pure; <see cref="Jitter"/> adds the chance.
/// The restart of crashed instances is a rule of its own, <see cref="RestartPolicy"/>.
/// </summary>
/// <param name="First">The wait after the first failure; greater than 0.</param>
/// <param name="Longest">No wait is longer.</param>
/// <param name="Growth">Each wait is so many times as long as the one before. At least 1.</param>
public readonly record struct Backoff(TimeSpan First, TimeSpan Longest, double Growth = 2)
{
    /// <param name="failures">How many tries have failed in a row, from 1.</param>
    public TimeSpan After(int failures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        // In floating point, where what is too much becomes infinite instead of negative.
        return TimeSpan.FromTicks((long)Math.Min(Math.Round(First.Ticks * Math.Pow(Growth, failures - 1)), Longest.Ticks));
    }
}
