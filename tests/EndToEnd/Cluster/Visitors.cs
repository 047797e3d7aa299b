using System.Collections.Concurrent;
using Scheduler.Contracts.V1;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>
/// Clients that continuously ask instances for their names, each on its own connection, and record every answer with another name.
/// </summary>
internal sealed class Visitors : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly Task _visiting;
    private int _requests;
    private long _slowestTicks;

    private Visitors(IEnumerable<ActualLRP> instances) => _visiting = Task.WhenAll([.. instances.Select(VisitAsync)]);

    /// <summary>Requests so far, answered or failed.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public IReadOnlyCollection<string> Failures => _failures;

    public TimeSpan Slowest => TimeSpan.FromTicks(Volatile.Read(ref _slowestTicks));

    public static Visitors Of(IEnumerable<ActualLRP> instances) => new(instances);

    /// <summary>Stops; requests in progress are finished first.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _visiting;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task VisitAsync(ActualLRP instance)
    {
        while (!_stop.IsCancellationRequested)
        {
            var began = TimeProvider.System.GetTimestamp();
            if (await Site.WrongAsync(instance) is { } wrong)
                _failures.Enqueue(wrong);
            Interlocked.Increment(ref _requests);
            var took = TimeProvider.System.GetElapsedTime(began).Ticks;
            for (var slowest = Volatile.Read(ref _slowestTicks); took > slowest; slowest = Volatile.Read(ref _slowestTicks))
                Interlocked.CompareExchange(ref _slowestTicks, took, slowest);
            await Task.Delay(Interval, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
