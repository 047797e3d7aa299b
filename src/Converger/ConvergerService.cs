using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Converger.Bbs;
using Scheduler.Converger.Loop;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Ops;

namespace Scheduler.Converger;

/// <summary>The converger as it runs: the loop, while the lease is held.</summary>
internal sealed class ConvergerService : BackgroundService
{
    private const string Loading = "model";

    private readonly LeaderLease? _lease;
    private readonly Readiness _readiness;
    private readonly ConvergerLoop _loop;

    public ConvergerService(
        ConvergerOptions options, IConvergerBbs bbs, LeaderLease? lease, ConvergerMetrics metrics, Readiness readiness, TimeProvider time, ILoggerFactory loggers)
    {
        (_lease, _readiness) = (lease, readiness);
        var random = options.Seed is { } seed ? new Random(seed) : new Random();
        _loop = new ConvergerLoop(options, bbs, () => readiness.Done(Loading), metrics, random, time, loggers.CreateLogger<ConvergerLoop>());
    }

    /// <summary>Converges until stopped, and while the lease is held if there is one.</summary>
    internal async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await (_lease is null ? ConvergeAsync(stoppingToken) : _lease.RunAsync(ConvergeAsync, stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The ordinary end.
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    private async Task ConvergeAsync(CancellationToken leading)
    {
        _readiness.WaitFor(Loading, "waiting for the first snapshot from the BBS");
        try
        {
            await _loop.RunAsync(leading);
        }
        finally
        {
            // A healthy standby is ready.
            _readiness.Done(Loading);
        }
    }
}
