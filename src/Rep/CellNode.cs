using Microsoft.Extensions.Logging;
using Scheduler.Models;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Cell;
using Scheduler.Rep.Evacuation;
using Scheduler.Rep.Health;
using Scheduler.Rep.Identity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Presence;
using Scheduler.Rep.Reports;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Steps;
using Scheduler.Rep.Upkeep;

namespace Scheduler.Rep;

/// <summary>External dependencies of a cell; a simulation supplies its own.</summary>
internal sealed record CellNodeParts
{
    public required RepOptions Options { get; init; }

    public required IContainerRuntime Runtime { get; init; }

    public required IBbsCalls Bbs { get; init; }

    public required ICellJournal Journal { get; init; }

    public required IContainerFiles ContainerFiles { get; init; }

    /// <summary>Null: containers get no certificates. The cell disposes it.</summary>
    public InstanceIdentity? Identity { get; init; }

    /// <summary>Null: logs of ended containers are not kept.</summary>
    public IEndedContainers? Ended { get; init; }

    public required ICheckProbe Probe { get; init; }

    public required IFileTransfer Files { get; init; }

    public required TimeProvider Time { get; init; }

    public required Func<Guid> NewGuid { get; init; }

    /// <summary>Used for jitter only.</summary>
    public required Random Random { get; init; }

    public required ILogger Logger { get; init; }
}

/// <summary>One cell: its loop and its background loops, over the containers that it finds.</summary>
internal sealed class CellNode : IDisposable
{
    private readonly RepMetrics _metrics;
    private readonly ICellJournal _journal;
    private readonly SyncLoop _sync;
    private readonly ReapLoop _reap;
    private readonly PresenceLoop _presence;
    private readonly RuntimeHealthLoop _health;
    private readonly InstanceIdentity? _identity;

    private CellNode(CellNodeParts parts, JournalContent journal)
    {
        var (options, time) = (parts.Options, parts.Time);
        Incarnation = journal.Incarnation;
        _journal = parts.Journal;
        var profile = ProfileOf(options, journal.DiskMb);
        _metrics = new RepMetrics(profile.CellId);
        _metrics.WithoutUserNamespaces(parts.Runtime.IsWithoutUserNamespaces);
        var jitter = new Jitter(parts.Random.Next());
        var ended = parts.Ended is { } kept ? new EndedLogs(kept, parts.Runtime, _metrics, options.EndedLogBytes) : null;
        var services = new RunServices(
            options,
            parts.Runtime,
            time,
            parts.Probe,
            parts.Files,
            parts.ContainerFiles,
            parts.Identity,
            ended,
            _metrics,
            parts.Logger,
            () => _health!.RequestHealthCheck()
        );
        Cell = new CellLoop(
            new CellLedger(profile),
            services,
            new ReportSender(parts.Bbs, options.BbsTimeout, time),
            parts.Journal,
            parts.NewGuid,
            parts.Random
        );
        _sync = new SyncLoop(Cell, parts.Bbs, options, jitter, time, _metrics, parts.Logger);
        _reap = new ReapLoop(Cell, parts.Runtime, options, time, parts.Logger);
        _presence = new PresenceLoop(profile, journal.Owner, parts.Bbs, options, _sync.Hurry, jitter, time, parts.Logger);
        _health = new RuntimeHealthLoop(Cell, parts.Runtime, options, time, _metrics, parts.Logger);
        Evacuator = new Evacuator(Cell, _sync, _presence, options, time, _metrics, parts.Logger);
        Metrics = _metrics;
        _identity = parts.Identity;
        Ended = parts.Ended;
    }

    public CellLoop Cell { get; }

    public Evacuator Evacuator { get; }

    public RepMetrics Metrics { get; }

    /// <summary>Null: logs of ended containers are not kept.</summary>
    public IEndedContainers? Ended { get; }

    /// <summary>Larger than that of any earlier run of this cell's rep.</summary>
    public long Incarnation { get; }

    /// <summary>Completes when the BBS knows the cell.</summary>
    public Task Announced => _presence.Announced;

    /// <summary>
    /// Checks the machine and adopts every container that an earlier rep left; nothing runs before <see cref="RunAsync"/>.
    /// </summary>
    /// <exception cref="ContainerRuntimeException">The machine cannot run containers.</exception>
    /// <exception cref="DomainException">The options are invalid.</exception>
    public static async Task<CellNode> OpenAsync(CellNodeParts parts, CancellationToken cancellation)
    {
        if (RepOptionsRules.Check(parts.Options) is { Count: > 0 } broken)
            throw DomainError.Invalid(broken).ToException();
        await parts.Runtime.PreflightAsync(cancellation);
        var journal = await parts.Journal.OpenAsync(cancellation);
        var found = await parts.Runtime.ListAsync(cancellation);
        var node = new CellNode(parts, journal);

        var entries = journal.Entries.ToDictionary(entry => entry.ContainerGuid);
        foreach (var container in found)
        {
            if (!entries.TryGetValue(container.Handle, out var entry))
            {
                // A container without a journal entry may still be work: its properties say what it runs.
                if (RecoveredEntry.Of(container) is { } told)
                    entries.Add(container.Handle, told);
            }
            else if (!entry.Created && container.State == ContainerState.Ready)
            {
                // The container was created, but the rep ended before it could record that.
                entries[container.Handle] = entry with
                {
                    Created = true,
                };
            }
        }

        parts.Identity?.Sweep(entries.Keys);
        foreach (var entry in entries.Values.OrderBy(entry => entry.ContainerGuid, StringComparer.Ordinal))
            node.Cell.Restore(entry);
        if (!await node._health.BeginAsync(cancellation))
            node.Cell.BeginUnwell();
        parts.Logger.Opened(parts.Options.CellId, node.Incarnation, entries.Count);
        return node;
    }

    /// <summary>Runs until cancelled; then detaches from all containers and leaves them running.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] loops =
        [
            EndAllAsync(Cell.RunAsync(ending.Token)),
            EndAllAsync(_presence.RunAsync(ending.Token)),
            EndAllAsync(_sync.RunAsync(ending.Token)),
            EndAllAsync(_reap.RunAsync(ending.Token)),
            EndAllAsync(_health.RunAsync(ending.Token)),
            EndAllAsync(Evacuator.RunAsync(ending.Token)),
        ];
        await Task.WhenAll(loops);

        // A loop that fails stops the others: a restarted cell is better than one that works only in part.
        async Task EndAllAsync(Task loop)
        {
            try
            {
                await loop;
            }
            catch (Exception failure)
                when (ending.IsCancellationRequested
                    && failure is OperationCanceledException or DomainException { Kind: ErrorKind.Unavailable }
                )
            {
                // Cancelled, or refused because the cell has already shut down.
            }
            catch
            {
                ending.Cancel();
                throw;
            }
        }
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _identity?.Dispose();
        (_journal as IDisposable)?.Dispose();
    }

    private static CellProfile ProfileOf(RepOptions options, int? diskMb) =>
        new()
        {
            CellId = new CellId(options.CellId),
            Total = MachineCapacity.Of(options, diskMb),
            Zone = options.Zone,
            CellIndex = options.CellIndex,
            RootFsSchemes = options.RootFsSchemes,
            PreloadedRootFs = options.PreloadedRootFs,
            VolumeDrivers = [.. options.Volumes.Select(volume => volume.Name)],
            PlacementTags = options.PlacementTags,
            OptionalPlacementTags = options.OptionalPlacementTags,
            Privileges = options.Privileges,
            ProxyMemoryMb = options.ProxyMemoryMb,
            RepUrl = options.RepUrl,
        };
}
