using System.Numerics;

namespace Scheduler.Simulation.Fleet;

/// <summary>Waits counted in buckets an eighth of a power of two wide: fixed memory, percentiles within about an eighth.</summary>
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
        if (wait > Max) Max = wait;
    }

    /// <summary>The upper end of the bucket that the percentile is in, in milliseconds; 0 when nothing was counted.</summary>
    public double PercentileMs(double part)
    {
        if (Count == 0) return 0;
        var rank = Math.Max(1, (long)Math.Ceiling(part * Count));
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            rank -= _counts[bucket];
            if (rank <= 0) return Math.Min(StartOf(bucket + 1), Max.TotalMicroseconds) / 1_000;
        }

        return Max.TotalMilliseconds;
    }

    /// <summary>How many waits were from <paramref name="fromMs"/> up to, not including, <paramref name="toMs"/>, at the grain of the buckets.</summary>
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
        if (microseconds < Parts) return (int)Math.Max(0, microseconds);
        var shift = BitOperations.Log2((ulong)microseconds) - 3;
        return Math.Min((shift + 1) * Parts + (int)(microseconds >> shift) - Parts, Parts * 48 - 1);
    }

    private static double StartOf(int bucket) =>
        bucket < Parts ? bucket : (double)((long)(Parts + bucket % Parts) << (bucket / Parts - 1));
}
