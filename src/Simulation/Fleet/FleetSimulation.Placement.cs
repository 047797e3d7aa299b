using Scheduler.Auctioneer.Bidding;
using Scheduler.Rep.Capacity;

namespace Scheduler.Simulation.Fleet;

/// <summary>Traffic between the auctioneer and the cells: work goes out, replies and state come back, each with a latency.</summary>
internal sealed partial class FleetSimulation
{
    private const double CallBreaks = 1.0 / 2_000;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StreamReopens = TimeSpan.FromMilliseconds(500);
    private long _containers;

    void IBiddingPorts.Send(CellId id, IReadOnlyList<WorkItem> work)
    {
        var cell = _cellsById[id];
        cell.ActiveAt = Now;
        In(Latency(), () => Receive(cell, work));
    }

    void IBiddingPorts.Resynchronize(CellId id)
    {
        _measures.ReportsRefused++;
        var cell = _cellsById[id];
        In(
            Latency(),
            () =>
            {
                if (cell.Up)
                    SendReport(cell);
            }
        );
    }

    void IBiddingPorts.ReportFailure(WorkItem work, string placementError) => _measures.NotPlaced(Now, placementError);

    private void Receive(FleetCell cell, IReadOnlyList<WorkItem> work)
    {
        cell.ActiveAt = Now;
        if (!cell.Up)
        {
            In(CallTimeout, () => Post(new BiddingMessage.Unanswered(cell.Id, work)));
            return;
        }

        if (!_chance.Happens(CallBreaks))
        {
            var refused = Take(cell, work);
            var (incarnation, revision) = (cell.Incarnation, (long)cell.Ledger.Revision);
            In(Latency(), () => Post(new BiddingMessage.Answer(cell.Id, work, refused, incarnation, revision)));
            return;
        }

        // Half of the failed calls reach the cell and only the reply is lost; the next full state resolves it.
        _measures.BrokenCalls++;
        if (_chance.Happens(0.5))
            Take(cell, work);
        var run = cell.Incarnation;
        In(
            CallTimeout,
            () =>
            {
                Post(new BiddingMessage.Unanswered(cell.Id, work));
                In(
                    StreamReopens,
                    () =>
                    {
                        if (cell.Runs(run))
                            SendReport(cell);
                    }
                );
            }
        );
    }

    /// <summary>The cell's own decision, followed by claims at the BBS for the work that it accepted.</summary>
    private Dictionary<string, string> Take(FleetCell cell, IReadOnlyList<WorkItem> work)
    {
        var lrps = new List<LrpOffer>();
        var tasks = new List<TaskOffer>();
        foreach (var item in work)
        {
            var demand = new Demand(item.Constraint.RootFs, item.Ask.MemoryMb, item.Ask.DiskMb)
            {
                PlacementTags = item.Constraint.PlacementTags,
            };
            if (item.Kind == Auctioneer.Auction.Terms.WorkKind.Lrp)
                lrps.Add(new LrpOffer(new LrpKey(item.Guid, item.Index), item.Domain, demand));
            else
                tasks.Add(new TaskOffer(item.Guid, item.Domain, demand));
        }

        var verdict = cell.Ledger.Offer(lrps, tasks, () => $"i-{++_containers}");
        foreach (var taken in verdict.Taken)
        {
            cell.Booked(taken);
            Claim(cell, taken);
        }

        if (IsOverbooked(cell))
            _measures.OverbookedCells++;
        Publish(cell);
        var refused = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var refusal in verdict.RefusedLrps)
            Refuse(refusal.Key.ToString(), refusal.Reason);
        foreach (var refusal in verdict.RefusedTasks)
            Refuse(refusal.TaskGuid, refusal.Reason);
        return refused;

        void Refuse(string auctionId, string reason)
        {
            refused[auctionId] = reason;
            FleetMeasures.Count(_measures.Refusals, reason);
        }
    }

    private void Claim(FleetCell cell, Allocation taken)
    {
        var auctionId = taken.IsTask ? taken.ContainerGuid : taken.Key.ToString();
        if (!_wanted.Remove(auctionId, out var work))
        {
            // No longer desired, or claimed by another cell in the meantime: the claim of this container fails.
            _measures.LostClaims++;
            cell.Release(taken.ContainerGuid);
            return;
        }

        work.State = FleetWorkState.Starting;
        work.Cell = cell;
        work.Container = taken.ContainerGuid;
        cell.Containers.Add(taken.ContainerGuid, work);
        _measures.Placed(Now, Now - work.Since);
        var run = cell.Incarnation;
        In(TimeSpan.FromMilliseconds(300) + _chance.Waiting(TimeSpan.FromSeconds(1.5)), () => Started(work, cell, run));
    }

    /// <summary>Sends the changes of a cell to the auctioneer.</summary>
    private void Publish(FleetCell cell)
    {
        if (cell.Commit() is { } change)
            Stream(cell, new BiddingMessage.Change(change));
    }

    private void SendReport(FleetCell cell)
    {
        Publish(cell);
        Stream(cell, new BiddingMessage.Report(cell.Report(), cell.Held()));
    }

    /// <summary>Each cell has one stream, which keeps the order of its messages.</summary>
    private void Stream(FleetCell cell, BiddingMessage message)
    {
        cell.ActiveAt = Now;
        var arrives = Now + Latency();
        if (arrives < cell.StreamUntil)
            arrives = cell.StreamUntil;
        cell.StreamUntil = arrives;
        At(arrives, () => Post(message));
    }
}
