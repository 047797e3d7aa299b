using Grpc.Core;

namespace Scheduler.Rep.Access;

/// <summary>
/// The responses of one call. To gRPC, cancelling a write means to reset the call: its caller gets neither what was under way nor the
/// reason why the call ends. So a call that ends lets a write that has begun finish, and begins no other.
/// </summary>
internal sealed class Responses<T>(IServerStreamWriter<T> stream, TimeProvider time)
{
    /// <summary>
    /// After the end of the call, for a write that has begun. A caller that reads takes it within milliseconds; one that does not read
    /// would hold it up for ever.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>Returns when the caller has room for it.</summary>
    public async Task WriteAsync(T response, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var reset = new CancellationTokenSource();
        // Disposing it waits for its callback, which needs the source.
        await using var timer = time.CreateTimer(
            static source => ((CancellationTokenSource)source!).Cancel(),
            reset,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        await using var ends = cancellation.UnsafeRegister(static timer => ((ITimer)timer!).Change(Grace, Timeout.InfiniteTimeSpan), timer);
        await stream.WriteAsync(response, reset.Token);
    }
}
