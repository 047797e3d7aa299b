using Scheduler.Auctioneer.Auction.Index;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Engine;

public sealed partial class AuctionEngine
{
    /// <summary>Decides and reserves: the winner's resources are taken until the reservation is settled.</summary>
    /// <remarks>Pass only valid asks (<see cref="PlacementAsk.Validate"/>). Allocates nothing once the tables have grown.</remarks>
    public PlacementResult Place(in PlacementAsk ask)
    {
        var bid = Best(ask, out var process, out var error);
        if (error is not null)
        {
            _counters.NotPlaced++;
            return new PlacementResult { Error = error };
        }

        _counters.Placed++;
        var reservation = Reserve(bid.Cell, ask, process);
        return new PlacementResult
        {
            Cell = _records[bid.Cell]!.Id,
            Score = bid.Score,
            Reservation = reservation,
        };
    }

    /// <summary>What <see cref="Place"/> would decide now; changes nothing.</summary>
    public PlacementResult Decide(in PlacementAsk ask)
    {
        var bid = Best(ask, out _, out var error);
        return error is null
            ? new PlacementResult { Cell = _records[bid.Cell]!.Id, Score = bid.Score }
            : new PlacementResult { Error = error };
    }

    private Bid Best(in PlacementAsk ask, out int process, out string? error)
    {
        process = -1;
        var bid = Bid.None;
        if (_usableCells == 0)
        {
            error = PlacementErrors.CellCommunication;
            return bid;
        }

        if (Rules.StartingContainerCountMaximum > 0 && _starting >= Rules.StartingContainerCountMaximum)
        {
            error = PlacementErrors.ExceededInflightCreation;
            return bid;
        }

        var eligible = EligibleFor(ask.Constraints);
        error = eligible.Error;
        if (error is not null)
            return bid;
        if (_ranksStale)
            RefreshRanks();
        if (ask.Kind == WorkKind.Lrp)
        {
            process = _processes.Find(ask.Guid, ask.GuidHash);
            SearchByZone(eligible, ask, process, ref bid);
        }
        else
        {
            SearchGroups(eligible.Groups, ask, -1, ref bid);
        }

        if (bid.Cell < 0)
            error = Shortage(eligible.Groups, ask);
        return bid;
    }

    /// <summary>
    /// Searches the zones with the fewest instances of the process first, and zones with equally many together. A fuller zone is searched
    /// only when the emptier ones cannot take the ask, however much better its score would be.
    /// </summary>
    private void SearchByZone(EligibleGroups eligible, in PlacementAsk ask, int process, ref Bid bid)
    {
        var done = -1;
        while (bid.Cell < 0)
        {
            var fewest = int.MaxValue;
            foreach (var zone in eligible.Zones)
                if (_processes.CountIn(process, zone) is var count && count > done && count < fewest)
                    fewest = count;
            if (fewest == int.MaxValue)
                return;
            for (var i = 0; i < eligible.Zones.Length; i++)
                if (_processes.CountIn(process, eligible.Zones[i]) == fewest)
                    SearchGroups(eligible.Groups.AsSpan(eligible.ZoneStart[i]..eligible.ZoneStart[i + 1]), ask, process, ref bid);
            done = fewest;
        }
    }

    private void SearchGroups(ReadOnlySpan<CandidateGroup> groups, in PlacementAsk ask, int process, ref Bid bid)
    {
        foreach (var group in groups)
            group.Search(_rows, _processes, process, ask, ref bid);
    }

    /// <summary>
    /// Names the shortages that all cells share. All cells lack a resource exactly when the cell with the most of it does.
    /// </summary>
    private string Shortage(CandidateGroup[] groups, in PlacementAsk ask)
    {
        bool containers = true,
            disk = true,
            memory = true;
        foreach (var group in groups)
            group.Shortage(_rows, ask, ref memory, ref disk, ref containers);
        return ShortageTexts.Of(containers, disk, memory);
    }

    private EligibleGroups EligibleFor(ConstraintSet set)
    {
        var own = Own(set);
        var eligible = own.Eligible;
        if (eligible.Version != _groupsVersion)
            Compile(own, eligible);
        return eligible;
    }

    /// <summary>Tests the constraints against each kind of cell and keeps the groups that pass.</summary>
    private void Compile(ConstraintSet set, EligibleGroups eligible)
    {
        var furthest = ConstraintStage.RootFs;
        var passed = new List<CandidateGroup>();
        foreach (var group in _groups.Values)
        {
            var stage = ConstraintMatch.Test(group.Key.Kind, set);
            if (stage > furthest)
                furthest = stage;
            if (stage == ConstraintStage.Passed)
                passed.Add(group);
        }

        passed.Sort(static (a, b) => a.Key.Zone.CompareTo(b.Key.Zone));
        var zones = new List<int>();
        var starts = new List<int>();
        for (var i = 0; i < passed.Count; i++)
        {
            if (i > 0 && passed[i].Key.Zone == passed[i - 1].Key.Zone)
                continue;
            zones.Add(passed[i].Key.Zone);
            starts.Add(i);
        }

        starts.Add(passed.Count);
        eligible.Groups = [.. passed];
        eligible.Zones = [.. zones];
        eligible.ZoneStart = [.. starts];
        eligible.Error = passed.Count > 0 ? null : ConstraintMatch.ErrorText(furthest, set.Constraint);
        eligible.Version = _groupsVersion;
    }

    /// <summary>With bin packing, a cell's rank is its position among the usable cells of its zone, ordered by cell index.</summary>
    private void RefreshRanks()
    {
        _ranksStale = false;
        if (Rules.BinPackFirstFitWeight == 0)
            return;
        var slots = new List<int>(_usableCells);
        for (var slot = 0; slot < _slotsUsed; slot++)
            if (_records[slot]?.Group is not null)
                slots.Add(slot);
        slots.Sort(
            (a, b) =>
            {
                var byZone = _rows[a].Zone.CompareTo(_rows[b].Zone);
                if (byZone != 0)
                    return byZone;
                var byIndex = _records[a]!.Report.Index.CompareTo(_records[b]!.Report.Index);
                return byIndex != 0 ? byIndex : _rows[a].Order.CompareTo(_rows[b].Order);
            }
        );
        var rank = 0;
        for (var i = 0; i < slots.Count; i++)
        {
            ref var row = ref _rows[slots[i]];
            rank = i > 0 && _rows[slots[i - 1]].Zone == row.Zone ? rank + 1 : 0;
            if (row.Rank == rank)
                continue;
            row.Rank = rank;
            _records[slots[i]]!.Group!.Note(slots[i], row.Leaf);
        }
    }
}
