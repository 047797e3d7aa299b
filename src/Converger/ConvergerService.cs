using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Converger.Bbs;
using Scheduler.Converger.Loop;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Ops;

namespace Scheduler.Converger;

/// <summary>Hosted service that runs the converger loop while it holds the lease.</summary>
internal sealed class ConvergerService : BackgroundService
{
    private const string Loading = "model";

    private readonly LeaderLease? _lease;
    private readonly Readiness _readiness;
    private readonly ConvergerLoop _loop;

    public ConvergerService(
        ConvergerOptions options,
        IConvergerBbs bbs,
        LeaderLease? lease,
        ConvergerMetrics metrics,
        Readiness readiness,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        (_lease, _readiness) = (lease, readiness);
        var random = options.Seed is { } seed ? new Random(seed) : new Random();
        _loop = new ConvergerLoop(
            options,
            bbs,
            () => readiness.Done(Loading),
            metrics,
            random,
            time,
            loggers.CreateLogger<ConvergerLoop>()
        );
    }

    /// <summary>Converges until stopped, and only while it holds the lease if one is configured.</summary>
    internal async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await (_lease is null ? ConvergeAsync(stoppingToken) : _lease.RunAsync(ConvergeAsync, stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Normal shutdown.
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
