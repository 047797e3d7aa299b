namespace Scheduler.Bench.Commands.GrpcSpeed;

/// <summary>What a run of calls cost.</summary>
internal readonly record struct Measured(long Calls, TimeSpan Elapsed, TimeSpan Processor, long AllocatedBytes)
{
    public static Measured Nothing => default;

    public double CallsPerSecond => Calls / Elapsed.TotalSeconds;

    /// <summary>Processor time of client and server together: steadier than the rate on a machine that does other things too.</summary>
    public double MicrosecondsPerCall => Calls == 0 ? 0 : Processor.TotalMicroseconds / Calls;

    public long BytesPerCall => Calls == 0 ? 0 : AllocatedBytes / Calls;

    public static Measured operator +(Measured a, Measured b) =>
        new(a.Calls + b.Calls, a.Elapsed + b.Elapsed, a.Processor + b.Processor, a.AllocatedBytes + b.AllocatedBytes);
}

/// <summary>Makes the same call again and again, so many at a time.</summary>
internal sealed class Load(TimeProvider time, int concurrency)
{
    private long _left;

    /// <summary>As many calls as fit in a time.</summary>
    public async Task<Measured> ForAsync(Func<CancellationToken, Task> call, TimeSpan duration, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _left, long.MaxValue);
        using var timer = time.CreateTimer(static load => Volatile.Write(ref ((Load)load!)._left, 0), this, duration, Timeout.InfiniteTimeSpan);
        return await RunAsync(call, cancellationToken);
    }

    /// <summary>So many calls.</summary>
    public Task<Measured> CountAsync(Func<CancellationToken, Task> call, long calls, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _left, calls);
        return RunAsync(call, cancellationToken);
    }

    private async Task<Measured> RunAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var processor = Environment.CpuUsage.TotalTime;
        var started = time.GetTimestamp();
        var workers = new Task<long>[concurrency];
        for (var i = 0; i < workers.Length; i++)
            workers[i] = WorkAsync(call, cancellationToken);
        var calls = (await Task.WhenAll(workers)).Sum();
        return new Measured(calls, time.GetElapsedTime(started), Environment.CpuUsage.TotalTime - processor, GC.GetTotalAllocatedBytes() - allocated);
    }

    private async Task<long> WorkAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        // A call that completes at once must not keep the other workers from starting.
        await Task.Yield();
        var calls = 0L;
        while (Interlocked.Decrement(ref _left) >= 0)
        {
            await call(cancellationToken);
            calls++;
        }

        return calls;
    }
}
