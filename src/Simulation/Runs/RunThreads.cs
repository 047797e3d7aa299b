namespace Scheduler.Simulation.Runs;

/// <summary>Executes runs in parallel, each on a single thread from start to end.</summary>
internal static class RunThreads
{
    // Continuations that complete synchronously nest; the main thread's 8 MB suffice, a pool thread's 1.5 MB might not.
    private const int StackBytes = 16 * 1024 * 1024;

    /// <param name="plan">Returns the run at an index from 0 to <paramref name="count"/> − 1; called on the threads.</param>
    /// <param name="done">Called for each outcome, one at a time, in order of completion.</param>
    /// <param name="story">Receives the traces of the runs; null for none.</param>
    /// <exception cref="OperationCanceledException">Cancelled; no run is active any more.</exception>
    public static async Task RunAsync(
        int count,
        int parallel,
        Func<int, RunPlan> plan,
        Action<RunOutcome> done,
        Action<string>? story,
        CancellationToken cancellation
    )
    {
        var next = -1;
        var turn = new Lock();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var threads = Enumerable
            .Range(0, Math.Min(parallel, count))
            .Select(_ =>
                OnThread(() =>
                {
                    try
                    {
                        int i;
                        while ((i = Interlocked.Increment(ref next)) < count)
                        {
                            stop.Token.ThrowIfCancellationRequested();
                            var outcome = Run(plan(i), story, stop.Token);
                            lock (turn)
                                done(outcome);
                        }
                    }
                    catch (Exception)
                    {
                        // For example a full disk: the other runs would be in vain.
                        stop.Cancel();
                        throw;
                    }
                })
            )
            .ToList();
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
            // A finding like any other: the remaining seeds are still worth running.
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
            StackBytes
        )
        {
            IsBackground = true,
            Name = "simulated cluster",
        };
        thread.Start();
        return ended.Task;
    }
}
