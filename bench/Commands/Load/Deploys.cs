using System.Collections.Concurrent;
using Scheduler.Bench.Commands.Parts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.Load;

/// <summary>A finished deploy: when it was submitted (a timestamp), and the time until all of its instances ran.</summary>
internal readonly record struct Deploy(long SubmittedAt, TimeSpan UntilRunning);

/// <summary>
/// Desires LRPs at a steady rate, whether or not the previous ones run yet, so that a stalled system is measured instead of waited for.
/// Each LRP is removed once it runs, so the load stays constant.
/// </summary>
/// <param name="perSecond">LRPs per second; 0 for none.</param>
internal sealed class Deploys(
    string prefix,
    double perSecond,
    int instances,
    Work work,
    DesiredLRPService.DesiredLRPServiceClient lrps,
    InstanceBoard board,
    TimeProvider time
)
{
    private readonly ConcurrentDictionary<Task, bool> _underWay = [];
    private readonly ConcurrentQueue<Deploy> _done = [];

    /// <summary>The deploys whose instances all ran.</summary>
    public IReadOnlyCollection<Deploy> Done => _done;

    /// <summary>Runs until <paramref name="ending"/>, then waits for pending deploys.</summary>
    /// <exception cref="DomainException">The BBS refused an LRP or its removal.</exception>
    public async Task RunAsync(CancellationToken ending, CancellationToken cancellationToken)
    {
        if (perSecond <= 0)
            return;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / perSecond), time);
        try
        {
            for (var number = 0; await timer.WaitForNextTickAsync(ending); number++)
                Begin(number, cancellationToken);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // Cancelled: no more deploys.
        }

        await Task.WhenAll(_underWay.Keys);
    }

    private void Begin(int number, CancellationToken cancellationToken)
    {
        var deploy = DeployAsync($"{prefix}-{number}", cancellationToken);
        _underWay[deploy] = true;
        _ = deploy.ContinueWith(
            ended =>
            {
                // Failures are examined at the end.
                if (ended.IsCompletedSuccessfully)
                    _underWay.TryRemove(ended, out _);
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
    }

    private async Task DeployAsync(string guid, CancellationToken cancellationToken)
    {
        var submitted = time.GetTimestamp();
        var running = board.UntilRunningAsync(guid, instances, cancellationToken);
        await lrps.DesireAsync(new DesireLRPRequest { DesiredLrp = work.Lrp(guid, instances) }, cancellationToken: cancellationToken);
        _done.Enqueue(new Deploy(submitted, time.GetElapsedTime(submitted, await running)));
        await lrps.RemoveAsync(new RemoveDesiredLRPRequest { ProcessGuid = guid }, cancellationToken: cancellationToken);
    }
}
