namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// Runs work that changes its thread permanently (another namespace, a separate working directory) on a dedicated thread that ends with
/// it, because the pool's threads are shared.
/// </summary>
internal static class OnOwnThread
{
    public static Task RunAsync(Action work)
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
            maxStackSize: 256 << 10
        )
        {
            IsBackground = true,
        }.Start();
        return done.Task;
    }
}
