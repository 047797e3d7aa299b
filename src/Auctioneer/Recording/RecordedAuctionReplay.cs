using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Recording;

/// <summary>
/// Replay of a recorded auction, decision by decision. If several cells share the best score, Diego's choice is arbitrary, so the recorded
/// cell counts as equal if it is among them; the replay then continues from it.
/// </summary>
public sealed class RecordedAuctionReplay
{
    private const double ScoreTolerance = 1e-9;

    private readonly RecordedAuction _recorded;
    private readonly AuctionEngine _engine;
    private readonly Dictionary<string, PlacementAsk> _asks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _placedOn = new(StringComparer.Ordinal);
    private int _mismatches;
    private double _maxScoreError;
    private string? _firstDifference;

    private RecordedAuctionReplay(RecordedAuction recorded)
    {
        _recorded = recorded;
        _engine = new AuctionEngine(
            new AuctionRules
            {
                StartingContainerWeight = recorded.StartingContainerWeight,
                BinPackFirstFitWeight = recorded.BinPackFirstFitWeight,
                StartingContainerCountMaximum = recorded.StartingContainerCountMaximum,
                ProxyMemory = ProxyMemoryAccounting.CheckedOnly,
            }
        );
    }

    /// <exception cref="RecordingFormatException">The recording contradicts itself, for example with a step for work that it does not
    /// list.</exception>
    public static ReplayReport Run(string file, RecordedAuction recorded)
    {
        var replay = new RecordedAuctionReplay(recorded);
        try
        {
            replay.LoadCells();
            replay.LoadWork();
            replay.CheckOrder();
            foreach (var step in recorded.Steps)
                replay.Repeat(step);
            replay.CheckOutcome();
            replay.CheckFinalCells();
        }
        catch (DomainException e)
        {
            throw new RecordingFormatException($"{file}: {e.Message}", e);
        }

        return new ReplayReport
        {
            File = file,
            Decisions = recorded.Steps.Count,
            Mismatches = replay._mismatches,
            MaxScoreError = replay._maxScoreError,
            FirstDifference = replay._firstDifference,
        };
    }

    private void LoadCells()
    {
        foreach (var cell in _recorded.Cells)
        {
            if (_engine.Cell(new CellId(cell.CellId)) is not null)
                throw DomainError.Exists($"cell {cell.CellId}").ToException();
            if (_engine.Apply(RecordedCells.ToReport(cell)) is { } error)
                throw (error with { Message = $"cell {cell.CellId}: {error.Message}" }).ToException();
            _placedOn.Add(cell.CellId, []);
        }

        if (_recorded.BinPackFirstFitWeight == 0)
            return;
        foreach (var cell in _recorded.Cells)
            if (_engine.Cell(new CellId(cell.CellId))!.Value.Rank is var rank && rank != cell.NormalisedIndex)
                Differs($"cell {cell.CellId}: rank {rank}, recorded {cell.NormalisedIndex}");
    }

    private void LoadWork()
    {
        foreach (var work in _recorded.Lrps.Concat(_recorded.Tasks))
        {
            var constraint = new PlacementConstraint(work.RootFs, work.VolumeDrivers ?? [], work.PlacementTags ?? []);
            var ask = work.TaskGuid is null
                ? _engine.Lrp(work.ProcessGuid ?? "", work.Index, work.MemoryMb, work.DiskMb, constraint)
                : _engine.OneOffTask(work.TaskGuid, work.MemoryMb, work.DiskMb, constraint);
            if (ask.Validate() is { } error)
                throw (error with { Message = $"{ask.AuctionId}: {error.Message}" }).ToException();
            if (!_asks.TryAdd(KeyOf(ask), ask))
                throw DomainError.Exists(KeyOf(ask)).ToException();
        }
    }

    private static string KeyOf(in PlacementAsk ask) => (ask.Kind == WorkKind.Lrp ? "lrp:" : "task:") + ask.AuctionId;

    /// <summary>Diego's sorts leave ties open, so only the sort keys must agree at each position.</summary>
    private void CheckOrder()
    {
        var batch = _asks.Values.ToArray();
        var order = new int[batch.Length];
        AuctionOrder.Arrange(batch, order);
        if (_recorded.AuctionOrder.Count != batch.Length)
        {
            Differs($"order: {batch.Length} pieces of work, recorded {_recorded.AuctionOrder.Count}");
            return;
        }

        for (var i = 0; i < order.Length; i++)
        {
            var (ours, theirs) = (batch[order[i]], Ask(_recorded.AuctionOrder[i]));
            if (ours.Kind != theirs.Kind || ours.Index != theirs.Index || ours.MemoryMb != theirs.MemoryMb)
                Differs($"order, place {i}: {KeyOf(ours)}, recorded {KeyOf(theirs)}");
        }
    }

    private PlacementAsk Ask(string key) => _asks.TryGetValue(key, out var ask) ? ask : throw DomainError.NotFound(key).ToException();

    private void Repeat(RecordedStep step)
    {
        var ask = Ask($"{step.Kind}:{step.Id}");
        var decided = _engine.Decide(ask);
        if (step.Winner is not { Length: > 0 } winner)
        {
            if (decided.Error != step.Error)
                Differs($"{step.Id}: {Words(decided)}, recorded \"{step.Error}\"");
            return;
        }

        if (decided.Placed)
        {
            _maxScoreError = Math.Max(_maxScoreError, Math.Abs(decided.Score - step.Score));
            if (!(Math.Abs(decided.Score - step.Score) <= ScoreTolerance) || !IsAsGood(ask, decided, winner))
                Differs($"{step.Id}: {Words(decided)}, recorded {winner} at {step.Score:R}");
        }
        else
        {
            Differs($"{step.Id}: {Words(decided)}, recorded {winner} at {step.Score:R}");
        }

        if (!_placedOn.TryGetValue(winner, out var placed))
            throw DomainError.NotFound($"cell {winner}").ToException();
        if (_engine.ReserveOn(new CellId(winner), ask).IsNone)
            Differs($"{step.Id}: cannot follow the recording to {winner}");
        placed.Add(KeyOf(ask));
    }

    private bool IsAsGood(in PlacementAsk ask, in PlacementResult decided, string recorded) =>
        decided.Cell.Value == recorded || _engine.BestCells(ask).Contains(new CellId(recorded));

    private static string Words(in PlacementResult decided) =>
        decided.Placed ? $"{decided.Cell} at {decided.Score:R}" : $"\"{decided.Error}\"";

    /// <summary>The outcome must follow from the steps, except for work that the rep refused, which fails without an error text.</summary>
    private void CheckOutcome()
    {
        var rejected = new HashSet<string>(_recorded.RejectedByRep ?? [], StringComparer.Ordinal);
        foreach (var step in _recorded.Steps)
        {
            var isTask = step.Kind == "task";
            var winners = isTask ? _recorded.TaskWinners : _recorded.LrpWinners;
            var failed = isTask ? _recorded.FailedTasks : _recorded.FailedLrps;
            var wins = !string.IsNullOrEmpty(step.Winner) && !rejected.Contains(step.Id);
            if (winners.GetValueOrDefault(step.Id) != (wins ? step.Winner : null))
                Differs($"{step.Id}: outcome {(wins ? step.Winner : "failed")}, recorded {winners.GetValueOrDefault(step.Id) ?? "failed"}");
            if (failed.GetValueOrDefault(step.Id) != (wins ? null : step.Error ?? ""))
                Differs($"{step.Id}: failure \"{step.Error}\", recorded \"{failed.GetValueOrDefault(step.Id)}\"");
        }

        var outcomes = _recorded.LrpWinners.Count + _recorded.FailedLrps.Count + _recorded.TaskWinners.Count + _recorded.FailedTasks.Count;
        if (outcomes != _recorded.Steps.Count)
            Differs($"outcome: {_recorded.Steps.Count} steps, recorded {outcomes} results");
    }

    private void CheckFinalCells()
    {
        if (_recorded.FinalCells.Count != _recorded.Cells.Count)
            Differs($"final state: {_recorded.Cells.Count} cells, recorded {_recorded.FinalCells.Count}");
        foreach (var final in _recorded.FinalCells)
        {
            if (_engine.Cell(new CellId(final.CellId)) is not { } cell)
                throw DomainError.NotFound($"cell {final.CellId}").ToException();
            var available = new Resources(final.Available.MemoryMb, final.Available.DiskMb, final.Available.Containers);
            if (cell.Available != available)
                Differs($"final state of {final.CellId}: {cell.Available}, recorded {available}");
            if (cell.StartingContainerCount != final.StartingContainerCount)
                Differs($"final state of {final.CellId}: {cell.StartingContainerCount} starting, recorded {final.StartingContainerCount}");
            CheckWorkOn(final);
        }
    }

    private void CheckWorkOn(RecordedFinalCell final)
    {
        var before = _recorded.Cells.First(cell => cell.CellId == final.CellId);
        var ours = before
            .Lrps.Select(lrp => $"lrp:{lrp.Id}")
            .Concat(before.Tasks.Select(task => $"task:{task.Id}"))
            .Concat(_placedOn[final.CellId])
            .Order(StringComparer.Ordinal);
        var theirs = (final.Lrps ?? [])
            .Select(id => $"lrp:{id}")
            .Concat((final.Tasks ?? []).Select(id => $"task:{id}"))
            .Order(StringComparer.Ordinal);
        if (!ours.SequenceEqual(theirs))
            Differs($"final state of {final.CellId}: holds other work than recorded");
    }

    private void Differs(string difference)
    {
        _mismatches++;
        _firstDifference ??= difference;
    }
}
