namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// Runs work that changes its thread permanently (another namespace, a working directory or descriptors of its own) on a dedicated thread
/// that ends with it, because the pool's threads are shared.
/// </summary>
internal static class OnOwnThread
{
    /// <param name="stackBytes">Enough for our own work by default; libraries of the machine may need more.</param>
    public static Task RunAsync(Action work, int stackBytes = 256 << 10)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(
            () =>
            {
                try
                {
                    work();
                    done.SetResult();
                }
                catch (Exception failure)
                {
                    done.SetException(failure);
                }
            },
            maxStackSize: stackBytes
        )
        {
            IsBackground = true,
        }.Start();
        return done.Task;
    }
}
