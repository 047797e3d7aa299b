using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Events;
using Scheduler.Models;

namespace Scheduler.Bench.Commands.Parts;

/// <summary>A client's view of cells and instances, built from the BBS's event stream, with conditions to wait for.</summary>
/// <remarks>Times are timestamps of the monotonic clock at which an event arrived here.</remarks>
internal sealed class InstanceBoard(CallInvoker bbs, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string ProcessGuid, int Index, ActualLRP.Types.Presence Presence), Row> _rows = [];
    private readonly Dictionary<string, int> _running = [];
    private readonly HashSet<string> _cells = [];
    private readonly List<Waiter> _waiters = [];
    private readonly Dictionary<string, (int Instances, TaskCompletionSource<long> Reached)> _processWaiters = [];
    private LossWatch? _loss;
    private int _runningCount;
    private int _suspects;
    private int _starts;

    /// <summary>Reads until cancelled. If the stream breaks, the measurement fails.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var follower = new EventFollower(
            new GrpcBbsEvents(bbs),
            new FollowRequest { Lrps = true, DomainsAndCells = true },
            _ => TimeSpan.Zero,
            time,
            NullLogger.Instance
        )
        {
            // Events of a resumed stream arrive late, which would falsify the times.
            MayPass = _ => false,
        };
        try
        {
            await follower.RunAsync(
                async stream =>
                {
                    await foreach (var next in stream.TakeAllAsync())
                        Take(next);
                    throw new InvalidOperationException("the BBS closed the event stream");
                },
                cancellationToken
            );
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Cancelled: the measurement is over.
        }
    }

    public BoardCounts Counts
    {
        get
        {
            lock (_lock)
                return CountsNow();
        }
    }

    /// <summary>Waits until the condition holds; it is evaluated after each event and must be cheap.</summary>
    public Task UntilAsync(Func<BoardCounts, bool> condition, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(condition);
        lock (_lock)
        {
            if (condition(CountsNow()))
                return Task.CompletedTask;
            _waiters.Add(waiter);
        }

        return waiter.Met.Task.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Waits until the given number of instances of a process run. Call it before desiring the process; one wait per process at a time.
    /// </summary>
    /// <returns>When the last of them started to run.</returns>
    public Task<long> UntilRunningAsync(string processGuid, int instances, CancellationToken cancellationToken)
    {
        var reached = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _processWaiters[processGuid] = (instances, reached);
        return reached.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Treats these cells as dead from now on and records the fate of their instances.</summary>
    /// <param name="stays">
    /// Whether an LRP stays desired; instances of other LRPs may be removed instead of replaced.
    /// </param>
    /// <param name="kill">Called once the loss is being watched.</param>
    public LossWatch WatchLoss(IReadOnlyCollection<string> cells, Func<string, bool> stays, Action kill)
    {
        lock (_lock)
        {
            var lost = _rows
                .Where(row =>
                    row.Key.Presence == ActualLRP.Types.Presence.Ordinary
                    && row.Value.IsRunning
                    && cells.Contains(row.Value.Cell)
                    && stays(row.Key.ProcessGuid)
                )
                .Select(row => new LrpKey(row.Key.ProcessGuid, row.Key.Index));
            _loss = new LossWatch([.. cells], lost, time);
            kill();
            return _loss;
        }
    }

    /// <summary>Number of running instances per cell.</summary>
    public IReadOnlyDictionary<string, int> RunningByCell()
    {
        lock (_lock)
            return _rows.Values.Where(row => row.IsRunning).GroupBy(row => row.Cell).ToDictionary(cell => cell.Key, cell => cell.Count());
    }

    /// <summary>Describes some instances that do not run, to explain why a wait timed out.</summary>
    public string Stragglers(int most)
    {
        lock (_lock)
        {
            return string.Join(
                "; ",
                _rows
                    .Where(row => row.Key.Presence != ActualLRP.Types.Presence.Ordinary || !row.Value.IsRunning)
                    .Take(most)
                    .Select(row =>
                        $"{row.Key.ProcessGuid}/{row.Key.Index} {row.Key.Presence} {row.Value.State} {row.Value.Cell} {row.Value.PlacementError}".TrimEnd()
                    )
            );
        }
    }

    private BoardCounts CountsNow() => new(_cells.Count, _runningCount, _suspects, _loss?.Unreplaced ?? 0, _starts);

    private void Take(Event next)
    {
        lock (_lock)
        {
            switch (next.PayloadCase)
            {
                case Event.PayloadOneofCase.CellAppeared:
                    _cells.Add(next.CellAppeared.Cell.CellId);
                    break;
                case Event.PayloadOneofCase.CellDisappeared:
                    _cells.Remove(next.CellDisappeared.Cell.CellId);
                    break;
                case Event.PayloadOneofCase.ActualLrpInstanceCreated:
                    Put(
                        Row.Of(next.ActualLrpInstanceCreated.ActualLrp),
                        next.ActualLrpInstanceCreated.ActualLrp.ActualLrpKey,
                        next.ActualLrpInstanceCreated.ActualLrp.Presence
                    );
                    break;
                case Event.PayloadOneofCase.ActualLrpInstanceRemoved:
                    var removed = next.ActualLrpInstanceRemoved.ActualLrp;
                    Remove(removed.ActualLrpKey, removed.Presence, removed.ModificationTag.Epoch);
                    break;
                case Event.PayloadOneofCase.ActualLrpInstanceChanged:
                    var change = next.ActualLrpInstanceChanged;
                    // A row that changes its presence keeps its epoch; the row that replaces it may have been reported before.
                    if (change.Before.Presence != change.After.Presence)
                        Remove(change.ActualLrpKey, change.Before.Presence, change.After.ModificationTag.Epoch);
                    Put(Row.Of(change), change.ActualLrpKey, change.After.Presence);
                    break;
                default:
                    return;
            }

            var counts = CountsNow();
            _waiters.RemoveAll(waiter => waiter.Condition(counts) && waiter.Met.TrySetResult());
        }
    }

    private void Put(Row row, ActualLRPKey key, ActualLRP.Types.Presence presence)
    {
        var place = (key.ProcessGuid, key.Index, presence);
        var before = _rows.GetValueOrDefault(place);
        if (row.IsRunning && before is not { IsRunning: true })
            _starts++;
        Count(place, before, -1);
        _rows[place] = row;
        Count(place, row, 1);
        _loss?.Note(new LrpKey(key.ProcessGuid, key.Index), row, presence);
        if (_processWaiters.TryGetValue(key.ProcessGuid, out var waiter) && _running.GetValueOrDefault(key.ProcessGuid) >= waiter.Instances)
        {
            _processWaiters.Remove(key.ProcessGuid);
            waiter.Reached.TrySetResult(time.GetTimestamp());
        }
    }

    private void Remove(ActualLRPKey key, ActualLRP.Types.Presence presence, string epoch)
    {
        var place = (key.ProcessGuid, key.Index, presence);
        if (!_rows.TryGetValue(place, out var row) || row.Epoch != epoch)
            return;
        Count(place, row, -1);
        _rows.Remove(place);
    }

    private void Count((string ProcessGuid, int, ActualLRP.Types.Presence Presence) place, Row? row, int step)
    {
        if (row is null)
            return;
        if (place.Presence == ActualLRP.Types.Presence.Suspect)
            _suspects += step;
        if (place.Presence != ActualLRP.Types.Presence.Ordinary || !row.IsRunning)
            return;
        _runningCount += step;
        var running = _running.GetValueOrDefault(place.ProcessGuid) + step;
        if (running == 0)
            _running.Remove(place.ProcessGuid);
        else
            _running[place.ProcessGuid] = running;
    }

    /// <summary>The relevant fields of a row.</summary>
    internal sealed record Row(string Epoch, string State, string Cell, string PlacementError)
    {
        public bool IsRunning => State == ActualLrpStateNames.Running;

        public static Row Of(ActualLRP row) =>
            new(row.ModificationTag.Epoch, row.State, row.ActualLrpInstanceKey?.CellId ?? "", row.PlacementError);

        public static Row Of(ActualLRPInstanceChangedEvent change) =>
            new(
                change.After.ModificationTag.Epoch,
                change.After.State,
                change.ActualLrpInstanceKey?.CellId ?? "",
                change.After.PlacementError
            );
    }

    private sealed record Waiter(Func<BoardCounts, bool> Condition)
    {
        public TaskCompletionSource Met { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <param name="Cells">Present cells.</param>
/// <param name="Running">Running instances.</param>
/// <param name="Suspects">SUSPECT rows of absent cells.</param>
/// <param name="Unreplaced">Lost instances without a running replacement.</param>
/// <param name="Starts">How often an instance began to run since the board follows the events.</param>
internal readonly record struct BoardCounts(int Cells, int Running, int Suspects, int Unreplaced, int Starts);
