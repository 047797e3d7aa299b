using System.Numerics;

namespace Scheduler.Simulation.Fleet;

/// <summary>
/// Counts wait times in buckets with a width of an eighth of a power of two: fixed memory, percentiles accurate to about an eighth.
/// </summary>
internal sealed class WaitHistogram
{
    private const int Parts = 8;
    private readonly int[] _counts = new int[Parts * 48];

    public long Count { get; private set; }

    public TimeSpan Max { get; private set; }

    public void Add(TimeSpan wait)
    {
        _counts[BucketOf((long)wait.TotalMicroseconds)]++;
        Count++;
        if (wait > Max)
            Max = wait;
    }

    /// <summary>The upper bound of the bucket that contains the percentile, in milliseconds; 0 if nothing was counted.</summary>
    public double PercentileMs(double part)
    {
        if (Count == 0)
            return 0;
        var rank = Math.Max(1, (long)Math.Ceiling(part * Count));
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            rank -= _counts[bucket];
            if (rank <= 0)
                return Math.Min(StartOf(bucket + 1), Max.TotalMicroseconds) / 1_000;
        }

        return Max.TotalMilliseconds;
    }

    /// <summary>
    /// Number of waits from <paramref name="fromMs"/> (inclusive) to <paramref name="toMs"/> (exclusive), at the resolution of the buckets.
    /// </summary>
    public long Between(double fromMs, double toMs)
    {
        long count = 0;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
            if (StartOf(bucket) >= fromMs * 1_000 && StartOf(bucket) < toMs * 1_000)
                count += _counts[bucket];
        return count;
    }

    private static int BucketOf(long microseconds)
    {
        if (microseconds < Parts)
            return (int)Math.Max(0, microseconds);
        var shift = BitOperations.Log2((ulong)microseconds) - 3;
        return Math.Min((shift + 1) * Parts + (int)(microseconds >> shift) - Parts, Parts * 48 - 1);
    }

    private static double StartOf(int bucket) => bucket < Parts ? bucket : (double)((long)(Parts + bucket % Parts) << (bucket / Parts - 1));
}
