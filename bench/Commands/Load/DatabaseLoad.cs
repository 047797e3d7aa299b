namespace Scheduler.Bench.Commands.Load;

/// <summary>The server's counters since its start, at one moment.</summary>
/// <param name="At">A timestamp.</param>
/// <param name="Statements">Questions: statements sent by clients.</param>
/// <param name="Commits">Committed transactions.</param>
/// <param name="RowsWritten">Rows inserted, updated or deleted by its storage engines.</param>
/// <param name="LogBytes">Bytes written to InnoDB's redo log, which a commit waits for.</param>
internal readonly record struct DatabaseCounters(long At, long Statements, long Commits, long RowsWritten, long LogBytes);

/// <summary>The server's rates per second over a period.</summary>
internal readonly record struct DatabaseRate(double Statements, double Commits, double RowsWritten, double LogBytes)
{
    public static DatabaseRate Between(in DatabaseCounters from, in DatabaseCounters to, TimeProvider time)
    {
        var seconds = time.GetElapsedTime(from.At, to.At).TotalSeconds;
        return new DatabaseRate(
            (to.Statements - from.Statements) / seconds,
            (to.Commits - from.Commits) / seconds,
            (to.RowsWritten - from.RowsWritten) / seconds,
            (to.LogBytes - from.LogBytes) / seconds
        );
    }

    /// <summary>The higher value of each figure.</summary>
    public DatabaseRate Or(DatabaseRate other) =>
        new(
            Math.Max(Statements, other.Statements),
            Math.Max(Commits, other.Commits),
            Math.Max(RowsWritten, other.RowsWritten),
            Math.Max(LogBytes, other.LogBytes)
        );

    /// <summary>The largest ratio among the figures; figures whose base is 0 do not count.</summary>
    public static double Ratio(DatabaseRate rate, DatabaseRate to) =>
        new[] { rate.Statements / to.Statements, rate.Commits / to.Commits, rate.RowsWritten / to.RowsWritten, rate.LogBytes / to.LogBytes }
            .Where(double.IsFinite)
            .DefaultIfEmpty(0)
            .Max();
}

/// <summary>Reads a MySQL or MariaDB server's counters once a second.</summary>
internal sealed class DatabaseLoad(string connectionString, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly List<DatabaseCounters> _samples = [];

    /// <summary>Samples until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var counter = new DatabaseCounter(connectionString);
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                var sample = await counter.ReadAsync(time, cancellationToken);
                lock (_lock)
                    _samples.Add(sample);
            } while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Cancelled: sampling is over.
        }
    }

    /// <summary>The mean over a period, and the highest mean over any part of it.</summary>
    /// <param name="from">A timestamp.</param>
    /// <param name="to">A later timestamp.</param>
    /// <param name="part">Length of a part; the whole period if that is shorter.</param>
    /// <returns>Null without at least two samples in the period.</returns>
    public (DatabaseRate Mean, DatabaseRate Peak)? Over(long from, long to, TimeSpan part)
    {
        List<DatabaseCounters> samples;
        lock (_lock)
            samples = [.. _samples.Where(sample => sample.At >= from && sample.At <= to)];
        if (samples.Count < 2)
            return null;
        var mean = DatabaseRate.Between(samples[0], samples[^1], time);
        var peak = default(DatabaseRate);
        for (int first = 0, last = 1; last < samples.Count; last++)
        {
            if (time.GetElapsedTime(samples[first].At, samples[last].At) < part)
                continue;
            peak = peak.Or(DatabaseRate.Between(samples[first++], samples[last], time));
        }

        return (mean, peak.Or(mean));
    }
}
