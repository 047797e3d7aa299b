namespace Scheduler.Bench.Commands.GrpcSpeed;

/// <summary>Cost of a series of calls.</summary>
internal readonly record struct Measured(long Calls, TimeSpan Elapsed, TimeSpan Processor, long AllocatedBytes)
{
    public static Measured Nothing => default;

    public double CallsPerSecond => Calls / Elapsed.TotalSeconds;

    /// <summary>Processor time of client and server together: steadier than the rate on a machine with other load.</summary>
    public double MicrosecondsPerCall => Calls == 0 ? 0 : Processor.TotalMicroseconds / Calls;

    public long BytesPerCall => Calls == 0 ? 0 : AllocatedBytes / Calls;

    public static Measured operator +(Measured a, Measured b) =>
        new(a.Calls + b.Calls, a.Elapsed + b.Elapsed, a.Processor + b.Processor, a.AllocatedBytes + b.AllocatedBytes);
}

/// <summary>Repeats the same call with the given concurrency.</summary>
internal sealed class Load(TimeProvider time, int concurrency)
{
    private long _left;

    /// <summary>Makes as many calls as fit into the duration.</summary>
    public async Task<Measured> ForAsync(Func<CancellationToken, Task> call, TimeSpan duration, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _left, long.MaxValue);
        using var timer = time.CreateTimer(
            static load => Volatile.Write(ref ((Load)load!)._left, 0),
            this,
            duration,
            Timeout.InfiniteTimeSpan
        );
        return await RunAsync(call, cancellationToken);
    }

    /// <summary>Makes the given number of calls.</summary>
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
        return new Measured(
            calls,
            time.GetElapsedTime(started),
            Environment.CpuUsage.TotalTime - processor,
            GC.GetTotalAllocatedBytes() - allocated
        );
    }

    private async Task<long> WorkAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        // A call that completes synchronously must not keep the other workers from starting.
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
