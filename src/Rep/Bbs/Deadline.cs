namespace Scheduler.Rep.Bbs;

/// <summary>A timeout for calls whose server may be gone.</summary>
internal static class Deadline
{
    /// <exception cref="TimeoutException">The call did not end in time; it is unknown whether it was taken.</exception>
    public static async Task<T> CallAsync<T>(
        Func<CancellationToken, Task<T>> call,
        TimeSpan limit,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var calling = call(ended.Token);
        if (!await Waits.EndsWithinAsync(calling, limit, time, cancellation))
        {
            ended.Cancel();
            _ = Waits.EndAsync(calling);
            throw new TimeoutException($"no answer within {limit.TotalSeconds:0.#} s");
        }

        return await calling;
    }
}
