namespace Scheduler.Models;

/// <summary>
/// Back-off between retries: the wait grows after each failure, up to a maximum. Pure; <see cref="Jitter"/> adds randomness. Crashed
/// instances have their own rule, <see cref="RestartPolicy"/>.
/// </summary>
/// <param name="First">The wait after the first failure; greater than 0.</param>
/// <param name="Longest">The maximum wait.</param>
/// <param name="Growth">Factor from each wait to the next. At least 1.</param>
public readonly record struct Backoff(TimeSpan First, TimeSpan Longest, double Growth = 2)
{
    /// <param name="failures">Number of consecutive failures, from 1.</param>
    public TimeSpan After(int failures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        // In floating point, where an overflow becomes infinite instead of negative.
        return TimeSpan.FromTicks((long)Math.Min(Math.Round(First.Ticks * Math.Pow(Growth, failures - 1)), Longest.Ticks));
    }
}
