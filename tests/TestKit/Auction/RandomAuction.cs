using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.TestKit.Auction;

/// <summary>
/// Drives the engine and the plain rules through the same random history of a fleet (arrivals, reports in and out of order, removals,
/// placements, replies) and fails at the first difference with the seed in the message.
/// </summary>
public sealed class RandomAuction
{
    private readonly ulong _seed;
    private readonly SeededRandom _random;
    private readonly AuctionShape _shape;
    private readonly PlainAuction _plain;
    private readonly List<(ReservationId Id, PlainReservation Held)> _promises = [];
    private int _step;
    private int _cells;

    public RandomAuction(ulong seed)
    {
        _seed = seed;
        _random = new SeededRandom(seed);
        _shape = new AuctionShape(_random);
        _plain = new PlainAuction(_shape.Rules);
        Engine = new AuctionEngine(_shape.Rules);
    }

    public AuctionEngine Engine { get; private set; }

    public int Decisions { get; private set; }

    /// <summary>Another random ask for the engine.</summary>
    public PlacementAsk NextAsk() => _shape.Ask(Engine, 1_000_000 + _step++);

    public void Run()
    {
        for (; _cells < _shape.Cells; _cells++)
            Report(_shape.Cell(_cells, 1, 0));
        for (_step = 0; _step < _shape.Steps; _step++)
        {
            Step(_random.Next(100));
            // A fork continues where the original stops, so it must behave identically.
            if (_random.Percent(1))
                Engine = Engine.Fork();
        }

        CompareState();
    }

    private void Step(int dice)
    {
        switch (dice)
        {
            case < 70:
                Place();
                break;
            case < 76:
                Answer(confirm: true);
                break;
            case < 80:
                Answer(confirm: false);
                break;
            case < 88:
                Change();
                break;
            case < 95:
                ReportAgain();
                break;
            case < 97:
                Report(_shape.Cell(_cells++, 1, 0));
                break;
            default:
                Remove();
                break;
        }
    }

    private void Place()
    {
        var ask = _shape.Ask(Engine, _step);
        var decided = Engine.Decide(ask);
        var actual = Engine.Place(ask);
        var expected = _plain.Place(ask);
        Decisions++;
        Same(expected.Error, actual.Error, $"error of {ask}");
        Same(expected.Cell.Value, actual.Cell.Value, $"winner of {ask}");
        Same(BitConverter.DoubleToInt64Bits(expected.Score), BitConverter.DoubleToInt64Bits(actual.Score), $"score of {ask}");
        Same((decided.Cell, decided.Score, decided.Error), (actual.Cell, actual.Score, actual.Error), $"decision of {ask}");
        if (expected.Held is not null)
            _promises.Add((actual.Reservation, expected.Held));
    }

    private void Answer(bool confirm)
    {
        if (_promises.Count == 0)
            return;
        var at = _random.Next(_promises.Count);
        var (id, held) = _promises[at];
        // Occasionally the reply arrives twice.
        if (_random.Percent(80))
            _promises.RemoveAt(at);
        if (confirm)
        {
            var (incarnation, revision) = (_random.Next(1, 2), _random.Next(0, 12));
            Same(_plain.Confirm(held, incarnation, revision), Engine.Confirm(id, incarnation, revision), "confirmation");
        }
        else
        {
            Same(_plain.Release(held), _random.Percent(50) ? Engine.Refuse(id) : Engine.Lapse(id), "refusal");
        }
    }

    private void Change()
    {
        if (AnyCell() is not { } cell)
            return;
        var before = cell.Report;
        var fits = _random.Percent(85);
        var change = new CellChange
        {
            Cell = before.Cell,
            Incarnation = before.Incarnation,
            PreviousRevision = fits ? before.Revision : before.Revision + _random.Next(-1, 1),
            Revision = fits ? before.Revision + _random.Next(1, 3) : before.Revision + _random.Next(-1, 2),
            Available = _shape.Available(before.Total),
            StartingContainerCount = _random.Next(0, 3),
            Tasks = _random.Next(0, 2),
            Evacuating = _random.Percent(5),
            Healthy = _random.Percent(95),
            Processes = [.. _shape.Processes().Select(process => process with { Count = _random.Next(0, 2) })],
        };
        if (change.Revision <= change.PreviousRevision)
            return;
        Same(_plain.Apply(change), Engine.Apply(change)?.Kind, $"change {change}");
    }

    private void ReportAgain()
    {
        if (AnyCell() is not { } cell)
            return;
        var number = int.Parse(cell.Report.Cell.Value.AsSpan("cell-".Length));
        var report = _shape.Cell(
            number,
            cell.Report.Incarnation + (_random.Percent(10) ? _random.Next(-1, 1) : 0),
            cell.Report.Revision + _random.Next(-1, 4)
        );
        if (report.Revision < 0)
            return;
        // Usually the same cell with other numbers; sometimes it returns as another kind of cell.
        if (_random.Percent(80))
        {
            report = report with
            {
                Total = cell.Report.Total,
                Available = _shape.Available(cell.Report.Total),
                ProxyMemoryMb = cell.Report.ProxyMemoryMb,
                Index = cell.Report.Index,
                RootFsProviders = cell.Report.RootFsProviders,
                PlacementTags = cell.Report.PlacementTags,
                OptionalPlacementTags = cell.Report.OptionalPlacementTags,
                VolumeDrivers = cell.Report.VolumeDrivers,
                Privileges = cell.Report.Privileges,
            };
        }

        Report(report);
    }

    private void Report(CellReport report) => Same(_plain.Apply(report), Engine.Apply(report)?.Kind, $"report {report}");

    private void Remove()
    {
        if (AnyCell() is not { } cell)
            return;
        var dropped = new List<ReservationId>();
        Same(_plain.Remove(cell.Report.Cell), Engine.Remove(cell.Report.Cell, dropped), "removal");
        Same(cell.Reservations.Count, dropped.Count, "reservations dropped with the cell");
    }

    private PlainCell? AnyCell() => _plain.Cells.Count == 0 ? null : _random.Pick(_plain.Cells);

    private void CompareState()
    {
        var cells = Engine.Cells();
        Same(_plain.Cells.Count, cells.Count, "cells");
        for (var i = 0; i < cells.Count; i++)
        {
            var (expected, actual) = (_plain.Cells[i], cells[i]);
            Same(expected.Report.Cell, actual.Cell, $"cell {i} of the fleet's order");
            Same(
                (expected.FreeMemoryMb, expected.FreeDiskMb, expected.FreeContainers),
                (actual.Available.MemoryMb, actual.Available.DiskMb, actual.Available.Containers),
                $"free of {actual.Cell}"
            );
            Same(
                (expected.Starting, expected.Tasks, expected.Reservations.Count, expected.Usable),
                (actual.StartingContainerCount, actual.Tasks, actual.Reservations, actual.Usable),
                $"counts of {actual.Cell}"
            );
            foreach (var process in expected.Processes.Keys.Concat(expected.Reservations.Select(held => held.Ask.Guid)))
                Same(
                    expected.Usable ? expected.InstancesOf(process) : 0,
                    Engine.InstancesOn(actual.Cell, process),
                    $"instances of {process} on {actual.Cell}"
                );
        }

        Same(_plain.Cells.Where(cell => cell.Usable).Sum(cell => (long)cell.Starting), Engine.StartingContainers, "starting containers");
        Same(_plain.Cells.Sum(cell => cell.Reservations.Count), Engine.ReservationCount, "reservations");
        // A process without instances or reservations is forgotten: nothing leaks.
        var named = _plain
            .Cells.SelectMany(cell =>
                cell.Processes.Keys.Concat(cell.Reservations.Where(held => held.Ask.Kind == WorkKind.Lrp).Select(held => held.Ask.Guid))
            )
            .Distinct()
            .Count();
        Same(named, Engine.ProcessCount, "processes");
    }

    private void Same<T>(T expected, T actual, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new InvalidOperationException($"seed {_seed}, step {_step}: {what}: engine says {actual}, the plain rules {expected}");
    }
}
