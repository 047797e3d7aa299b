
namespace Scheduler.Simulation.Runs;

/// <summary>Makes runs, each on one thread from its beginning to its end, as many side by side as asked for.</summary>
internal static class RunThreads
{
    // Continuations that complete at once nest; the main thread's 8 MB have room, a pool thread's 1.5 MB would not always.
    private const int StackBytes = 16 * 1024 * 1024;

    /// <param name="plan">The run at an index from 0 to <paramref name="count"/> − 1; called on the threads.</param>
    /// <param name="done">Told of each, one at a time, in the order in which they end.</param>
    /// <param name="story">Where a run's story goes; null for nowhere.</param>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing runs any more.</exception>
    public static async Task RunAsync(int count, int parallel, Func<int, RunPlan> plan, Action<RunOutcome> done, Action<string>? story, CancellationToken cancellation)
    {
        var next = -1;
        var turn = new Lock();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var threads = Enumerable.Range(0, Math.Min(parallel, count)).Select(_ => OnThread(() =>
        {
            try
            {
                int i;
                while ((i = Interlocked.Increment(ref next)) < count)
                {
                    stop.Token.ThrowIfCancellationRequested();
                    var outcome = Run(plan(i), story, stop.Token);
                    lock (turn) done(outcome);
                }
            }
            catch (Exception)
            {
                // Such as a full disk: the others would go on in vain.
                stop.Cancel();
                throw;
            }
        })).ToList();
        await Task.WhenAll(threads);
    }

    private static RunOutcome Run(RunPlan plan, Action<string>? story, CancellationToken cancellation)
    {
        try
        {
            using var run = new ClusterRun(plan.ToOptions(), story);
            return new RunOutcome(plan, run.Run(cancellation), null);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure)
        {
            // A finding like any other: the seeds after it are still worth their time.
            return new RunOutcome(plan, null, failure);
        }
    }

    private static Task OnThread(Action body)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(
            () =>
            {
                try
                {
                    body();
                    ended.SetResult();
                }
                catch (OperationCanceledException)
                {
                    ended.SetCanceled();
                }
                catch (Exception failure)
                {
                    ended.SetException(failure);
                }
            },
            StackBytes)
        { IsBackground = true, Name = "simulated cluster" };
        thread.Start();
        return ended.Task;
    }
}
