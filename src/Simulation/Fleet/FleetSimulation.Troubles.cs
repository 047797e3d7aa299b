using Scheduler.Auctioneer.Bidding;

namespace Scheduler.Simulation.Fleet;

/// <summary>Faults of cells: loss of a single cell or a whole rack, drain for an upgrade, temporary sickness, and return.</summary>
internal sealed partial class FleetSimulation
{
    private static readonly TimeSpan MeanUntilCellLost = TimeSpan.FromDays(30);
    private static readonly TimeSpan MeanUntilUnhealthy = TimeSpan.FromDays(20);
    private static readonly TimeSpan DrainMayTake = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan DrainLook = TimeSpan.FromSeconds(5);

    /// <summary>A presence lives for 15 s and is renewed every 5 s, so it expires 10 to 15 s after the cell's end.</summary>
    private static readonly TimeSpan NoticedLeast = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan NoticedMost = TimeSpan.FromSeconds(15);
    private const double UpgradeBegins = 0.25;
    private const double RackLost = 0.6;
    private const int CellsPerUpgradeAtOnce = 50;
    private const int RacksPerZone = 10;
    private int _upgraded;

    private void BeginTroubles()
    {
        In(_chance.Waiting(MeanUntilCellLost / _cells.Length), NextLoss);
        In(_chance.Waiting(MeanUntilUnhealthy / _cells.Length), NextUnhealthy);
        At(End * RackLost, LoseRack);
        At(
            End * UpgradeBegins,
            () =>
            {
                for (var i = 0; i < Math.Max(1, _cells.Length / CellsPerUpgradeAtOnce); i++)
                    UpgradeNext();
            }
        );
    }

    private FleetCell AnyCell() => _cells[_chance.Between(0, _cells.Length - 1)];

    private void NextLoss()
    {
        Lose(AnyCell(), _chance.Between(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(60)));
        In(_chance.Waiting(MeanUntilCellLost / _cells.Length), NextLoss);
    }

    private void LoseRack()
    {
        var zone = AnyCell().Profile.Zone;
        var cells = _cells.Where(cell => cell.Profile.Zone == zone).ToList();
        // The zone has fewer cells than racks, so the fleet is too small for this fault: it would lose everything.
        if (cells.Count < RacksPerZone)
            return;
        Happened("racks lost");
        foreach (var cell in cells.Take(cells.Count / RacksPerZone))
            Lose(cell, End / 24);
    }

    private void Lose(FleetCell cell, TimeSpan returnsAfter)
    {
        if (!cell.Up)
            return;
        Happened("cells lost");
        cell.Up = false;
        var noticed = _chance.Between(NoticedLeast, NoticedMost);
        In(
            noticed,
            () =>
            {
                Post(new BiddingMessage.Gone(cell.Id));
                LoseWork(cell, "lost with their cell");
            }
        );
        In(noticed + returnsAfter, () => Return(cell));
    }

    private void Return(FleetCell cell)
    {
        Happened("cells returned");
        cell.Restart();
        SendReport(cell);
    }

    private void UpgradeNext()
    {
        while (_upgraded < _cells.Length)
        {
            var cell = _cells[_upgraded++];
            if (!cell.Up || cell.Draining)
                continue;
            Drain(cell);
            return;
        }
    }

    private void Drain(FleetCell cell)
    {
        Happened("cells drained");
        cell.Ledger.BeginEvacuation();
        Publish(cell);
        foreach (var work in cell.Containers.Values)
            if (work.Slot is { } slot)
                Evacuate(slot);
        var (run, deadline) = (cell.Incarnation, Now + DrainMayTake);
        In(DrainLook, () => LookAtDrain(cell, run, deadline));
    }

    /// <summary>A running instance gets its replacement first; a starting one follows once it runs; tasks run to their end.</summary>
    private void Evacuate(FleetSlot slot)
    {
        if (slot.Removed || slot.Incoming is not null || slot.Current is not { State: FleetWorkState.Running })
            return;
        var added = new List<WorkItem>();
        slot.Incoming = Want(slot, "drained", added);
        Offer(added);
    }

    private void LookAtDrain(FleetCell cell, long run, TimeSpan deadline)
    {
        if (!cell.Runs(run))
        {
            UpgradeNext();
            return;
        }

        if (cell.Containers.Count > 0 && Now < deadline)
        {
            In(DrainLook, () => LookAtDrain(cell, run, deadline));
            return;
        }

        cell.Up = false;
        LoseWork(cell, "cut off by the end of a drain");
        Stream(cell, new BiddingMessage.Gone(cell.Id));
        In(
            _chance.Between(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(4)),
            () =>
            {
                Return(cell);
                UpgradeNext();
            }
        );
    }

    private void NextUnhealthy()
    {
        var cell = AnyCell();
        if (cell.Up && cell.Ledger.SetHealthy(false))
        {
            Happened("cells unhealthy");
            Publish(cell);
            var run = cell.Incarnation;
            In(
                _chance.Between(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)),
                () =>
                {
                    if (cell.Runs(run) && cell.Ledger.SetHealthy(true))
                        Publish(cell);
                }
            );
        }

        In(_chance.Waiting(MeanUntilUnhealthy / _cells.Length), NextUnhealthy);
    }
}
