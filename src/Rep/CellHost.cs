using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Hosting;
using Scheduler.Hosting.Ops;
using Scheduler.Models;

namespace Scheduler.Rep;

/// <summary>
/// A hosted service that runs one cell. Stopping it leaves the containers running, for the next rep to adopt; only an evacuation
/// empties the cell.
/// </summary>
public sealed class CellHost : BackgroundService
{
    private const string ReadinessName = "cell";
    private readonly Func<CancellationToken, Task<CellNode>> _open;
    private readonly ServedAddress _address;
    private readonly Readiness _readiness;
    private readonly ILogger<CellHost> _logger;
    private readonly CancellationTokenSource _ending;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TaskCompletionSource _evacuated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CellNode? _node;

    internal CellHost(
        RepOptions options,
        Func<CancellationToken, Task<CellNode>> open,
        ServedAddress address,
        Readiness readiness,
        IHostApplicationLifetime lifetime,
        ILogger<CellHost> logger
    )
    {
        (Options, _open, _address, _readiness, _lifetime, _logger) = (options, open, address, readiness, lifetime, logger);
        // The listener waits for its streams before it stops this service, so they must be cancelled first.
        _ending = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
        readiness.WaitFor(ReadinessName, "checking the container runtime");
    }

    /// <summary>Completes when the cell is evacuated and withdrawn; the process can exit.</summary>
    public Task Evacuated => _evacuated.Task;

    internal RepOptions Options { get; }

    /// <summary>Cancelled when the service stops, to close streams.</summary>
    internal CancellationToken Ending => _ending.Token;

    internal CellNode? NodeOrNull => Volatile.Read(ref _node);

    /// <exception cref="DomainException">With <see cref="ErrorKind.Unavailable"/> while the cell is starting.</exception>
    internal CellNode Node => NodeOrNull ?? throw new DomainError(ErrorKind.Unavailable, "the cell is starting").ToException();

    public override void Dispose()
    {
        _node?.Dispose();
        _ending.Dispose();
        base.Dispose();
    }

    /// <summary>Opens the cell and runs it until it is stopped or evacuated.</summary>
    internal async Task RunAsync(CancellationToken stoppingToken)
    {
        if (Options.RepUrl.Length == 0)
            Options.RepUrl = await _address.UrlAsync(stoppingToken);
        var node = await _open(stoppingToken);
        Volatile.Write(ref _node, node);
        _readiness.WaitFor(ReadinessName, "waiting for the BBS to accept the presence of the cell");
        using var telling = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var told = Task.WhenAll(TellAnnouncedAsync(node, telling.Token), TellEvacuatedAsync(node, telling.Token));
        try
        {
            // Await only the cell: with these tasks in a WhenAll, a failed cell would wait for its evacuation.
            await node.RunAsync(stoppingToken);
            _logger.LetGo(Options.CellId);
        }
        finally
        {
            _ending.Cancel();
            telling.Cancel();
            await Waits.EndAsync(told);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    private async Task TellAnnouncedAsync(CellNode node, CancellationToken stopping)
    {
        await Waits.EndAsync(node.Announced, stopping);
        _readiness.Done(ReadinessName);
    }

    private async Task TellEvacuatedAsync(CellNode node, CancellationToken stopping)
    {
        await Waits.EndAsync(node.Evacuator.Done, stopping);
        _evacuated.TrySetResult();
        if (Options.StopWhenEvacuated)
            _lifetime.StopApplication();
    }
}
