namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// For work that changes its thread for good (another namespace, a working directory of its own): it gets a thread that ends
/// with it, because the pool's threads are everybody's.
/// </summary>
internal static class OnOwnThread
{
    public static Task RunAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
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
        }, maxStackSize: 256 << 10)
        { IsBackground = true }.Start();
        return done.Task;
    }
}
