using Scheduler.Auctioneer.Bidding;
using Scheduler.Rep.Capacity;

namespace Scheduler.Simulation.Fleet;

/// <summary>The role of the BBS, simplified: work stays desired until a cell has it, and each end is counted once.</summary>
internal sealed partial class FleetSimulation
{
    /// <summary>As the converger does, work without a cell is auctioned again after this time.</summary>
    private static readonly TimeSpan OfferedAgain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TaskMayWait = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan MeanUntilCrash = TimeSpan.FromDays(20);
    private static readonly TimeSpan MeanUntilFlakyCrash = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan MeanTask = TimeSpan.FromMinutes(3);
    private readonly Dictionary<string, FleetWork> _wanted = new(StringComparer.Ordinal);

    private void Keep(FleetWork work)
    {
        if (!_wanted.TryAdd(work.Item.AuctionId, work))
            throw new InvalidOperationException($"{work.Item.AuctionId} is wanted already");
        In(OfferedAgain, () => StillWanted(work));
    }

    private void Offer(List<WorkItem> work)
    {
        if (work.Count > 0)
            In(Latency(), () => Post(new BiddingMessage.Offer(work)));
    }

    private void StillWanted(FleetWork work)
    {
        if (work.State != FleetWorkState.Waiting)
            return;
        if (work.IsTask && Now - work.Since >= TaskMayWait)
        {
            FailTask(work, "not started within time limit");
            return;
        }

        Offer([work.Item]);
        In(OfferedAgain, () => StillWanted(work));
    }

    private void Started(FleetWork work, FleetCell cell, long run)
    {
        if (!cell.Runs(run) || work.State != FleetWorkState.Starting)
            return;
        cell.Ledger.SetState(work.Container, AllocationState.Running);
        Publish(cell);
        work.State = FleetWorkState.Running;
        work.RunningSince = Now;
        _measures.Starts.Add(Now - work.Since);
        if (work.Slot is not { } slot)
        {
            In(TimeSpan.FromSeconds(2) + _chance.Waiting(MeanTask), () => Completed(work, cell, run));
            return;
        }

        In(_chance.Waiting(slot.App.Flaky ? MeanUntilFlakyCrash : MeanUntilCrash), () => Crashed(work, cell, run));
        if (slot.Incoming == work)
        {
            var replaced = slot.Current;
            (slot.Current, slot.Incoming) = (work, null);
            if (replaced is not null)
                Stop(replaced);
        }

        if (!slot.App.Ended)
            DeployNext(slot.App);
        if (cell.Draining)
            Evacuate(slot);
    }

    private void Completed(FleetWork work, FleetCell cell, long run)
    {
        if (!cell.Runs(run) || work.State != FleetWorkState.Running)
            return;
        EndWork(work, "completed");
        Remove(cell, work.Container, AllocationState.Shutdown);
    }

    private void Crashed(FleetWork work, FleetCell cell, long run)
    {
        if (!cell.Runs(run) || work.State != FleetWorkState.Running)
            return;
        EndWork(work, "crashed");
        Remove(cell, work.Container, AllocationState.Crashed);
        var slot = work.Slot!;
        slot.Current = null;
        if (slot.Removed || slot.Incoming is not null)
            return;
        var now = _time.GetUtcNow();
        slot.Crashes = RestartPolicy.NextCrashCount(slot.Crashes, wasRunning: true, now - (Now - work.RunningSince), now);
        if (RestartPolicy.Backoff(slot.Crashes) is { } pause)
            In(pause, () => Restart(slot, "restarted"));
    }

    private void Restart(FleetSlot slot, string why)
    {
        if (slot.Removed || slot.Current is not null || slot.Incoming is not null)
            return;
        var added = new List<WorkItem>();
        slot.Current = Want(slot, why, added);
        Offer(added);
    }

    /// <summary>The work is no longer desired, wherever it is.</summary>
    private void Stop(FleetWork work)
    {
        if (work.State == FleetWorkState.Ended)
            return;
        if (work.State == FleetWorkState.Waiting)
            _wanted.Remove(work.Item.AuctionId);
        EndWork(work, "stopped");
        if (work.Cell is not { Up: true } cell)
            return;
        var run = cell.Incarnation;
        In(
            _chance.Between(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(8)),
            () =>
            {
                if (cell.Runs(run))
                    Remove(cell, work.Container, AllocationState.Shutdown);
            }
        );
    }

    private void Remove(FleetCell cell, string container, AllocationState outcome)
    {
        if (cell.Ledger.SetState(container, outcome))
            Publish(cell);
        if (cell.Release(container))
            Publish(cell);
    }

    private void EndWork(FleetWork work, string how)
    {
        work.State = FleetWorkState.Ended;
        FleetMeasures.Count(_measures.Departures, how);
    }

    private void FailTask(FleetWork work, string reason)
    {
        if (work.State == FleetWorkState.Waiting)
            _wanted.Remove(work.Item.AuctionId);
        work.State = FleetWorkState.Ended;
        FleetMeasures.Count(_measures.TasksFailed, reason);
    }

    /// <summary>The cell's work is lost: instances are desired again, tasks have failed.</summary>
    private void LoseWork(FleetCell cell, string how)
    {
        var added = new List<WorkItem>();
        foreach (var work in cell.Containers.Values)
        {
            if (work.State == FleetWorkState.Ended)
                continue;
            if (work.Slot is not { } slot)
            {
                FailTask(work, "cell disappeared before completion");
                continue;
            }

            EndWork(work, how);
            if (slot.Incoming == work)
                slot.Incoming = slot.Current is null ? null : Want(slot, "replaced", added);
            else
                slot.Current = null;
            if (slot is { Removed: false, Current: null, Incoming: null })
                slot.Current = Want(slot, "replaced", added);
        }

        cell.Containers.Clear();
        Offer(added);
    }
}
