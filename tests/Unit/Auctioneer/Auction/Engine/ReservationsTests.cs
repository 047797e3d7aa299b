using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Auction.Engine;

public sealed class ReservationsTests
{
    private static readonly CellId Cell = new("a");

    [Fact]
    public void Holds_the_room_until_a_report_accounts_for_the_work()
    {
        var engine = An.EngineWith(An.EmptyCell("a") with { Revision = 1 });
        var held = engine.Place(engine.Lrp("web")).Reservation;
        Assert.Equal(900, FreeMemory(engine));

        engine.Apply(An.EmptyCell("a") with { Revision = 2 });
        Assert.Equal(900, FreeMemory(engine));
        engine.Confirm(held, 0, 3);
        Assert.Equal(900, FreeMemory(engine));
        engine.Apply(Holding(revision: 3));

        Assert.Equal(900, FreeMemory(engine));
        Assert.Equal((0, 1), (engine.ReservationCount, engine.InstancesOn(Cell, "web")));
    }

    [Fact]
    public void Lets_go_at_once_when_the_report_came_before_the_confirmation()
    {
        var engine = An.EngineWith(An.EmptyCell("a"));
        var held = engine.Place(engine.Lrp("web")).Reservation;

        engine.Apply(Holding(revision: 3));
        Assert.Equal(800, FreeMemory(engine));
        engine.Confirm(held, 0, 3);

        Assert.Equal(900, FreeMemory(engine));
    }

    [Fact]
    public void Gives_the_room_back_on_refusal_and_lapse()
    {
        var engine = An.EngineWith(An.EmptyCell("a"));

        engine.Refuse(engine.Place(engine.Lrp("web")).Reservation);
        engine.Lapse(engine.Place(engine.OneOffTask("task")).Reservation);

        Assert.Equal(engine.Fork().Cells(), An.EngineWith(An.EmptyCell("a")).Cells());
        Assert.Equal((0, 0L), (engine.ProcessCount, engine.StartingContainers));
    }

    [Fact]
    public void Ignores_and_counts_a_second_answer()
    {
        var engine = An.EngineWith(An.EmptyCell("a"));
        var held = engine.Place(engine.Lrp("web")).Reservation;

        Assert.Equal(SettleOutcome.Settled, engine.Confirm(held, 0, 9));
        Assert.Equal(SettleOutcome.Unknown, engine.Confirm(held, 0, 1));
        Assert.Equal(SettleOutcome.Unknown, engine.Refuse(held));
        Assert.Equal(SettleOutcome.Unknown, engine.Lapse(new ReservationId(12345)));

        Assert.Equal((900, 3L), (FreeMemory(engine), engine.Counters.AnswersUnknown));
    }

    [Fact]
    public void A_new_incarnation_accounts_for_all_that_the_old_one_confirmed()
    {
        var engine = An.EngineWith(An.EmptyCell("a") with { Incarnation = 1, Revision = 50 });
        engine.Confirm(engine.Place(engine.Lrp("web")).Reservation, 1, 60);

        engine.Apply(Holding(revision: 0) with { Incarnation = 2 });

        Assert.Equal((900, 0), (FreeMemory(engine), engine.ReservationCount));
    }

    [Fact]
    public void Reserves_proxy_memory_unless_told_to_account_as_Diego_does()
    {
        foreach (var (accounting, free) in new[] { (ProxyMemoryAccounting.Reserved, 868), (ProxyMemoryAccounting.CheckedOnly, 900) })
        {
            var engine = An.EngineWith(new AuctionRules { ProxyMemory = accounting }, An.EmptyCell("a") with { ProxyMemoryMb = 32 });
            engine.Place(engine.Lrp("web"));
            Assert.Equal(free, FreeMemory(engine));
        }
    }

    /// <summary>
    /// Work, answers and reports travel independently and late. Whatever their order, the engine never sends a cell more than it has, so a
    /// cell never has to refuse; and once everything has arrived, both sides agree.
    /// </summary>
    [Fact]
    public void Never_overbooks_a_cell_whatever_overtakes_whatever()
    {
        for (var seed = 1; seed <= TestScale.Cases(100, nightly: 1_000); seed++)
            HoldAgainstReps((ulong)seed);
    }

    private static void HoldAgainstReps(ulong seed)
    {
        var random = new SeededRandom(seed);
        var empty = Enumerable
            .Range(0, 4)
            .Select(i => An.EmptyCell($"cell-{i}", $"z{i % 2}", random.Next(300, 900)) with { ProxyMemoryMb = 32 })
            .ToArray();
        var engine = An.EngineWith(empty);
        var reps = empty.ToDictionary(cell => cell.Cell, cell => new FakeRep(cell));
        var sent = new List<(CellId Cell, PlacementAsk Ask, ReservationId Id)>();
        var answers = new List<(ReservationId Id, bool Accepted, long Revision)>();
        var reports = new List<CellReport>();
        for (var step = 0; step < 200; step++)
        {
            switch (random.Next(6))
            {
                case 0 or 1:
                    var ask = engine.Lrp($"process-{random.Next(3)}", random.Next(1, 200));
                    if (engine.Place(ask) is { Placed: true } placed)
                        sent.Add((placed.Cell, ask, placed.Reservation));
                    break;
                case 2 when sent.Count > 0:
                    var work = Take(sent, random);
                    var (accepted, revision) = reps[work.Cell].Perform(work.Ask);
                    Assert.True(
                        accepted,
                        $"seed {seed}, step {step}: {work.Cell} had to refuse {work.Ask.MemoryMb} MB with {reps[work.Cell].FreeMemoryMb} MB free"
                    );
                    answers.Add((work.Id, accepted, revision));
                    break;
                case 3 when answers.Count > 0:
                    var answer = Take(answers, random);
                    engine.Confirm(answer.Id, 0, answer.Revision);
                    break;
                case 4:
                    random.Pick([.. reps.Values]).StopOne(random);
                    break;
                default:
                    reports.Add(random.Pick([.. reps.Values]).Report());
                    if (random.Percent(70))
                        engine.Apply(Take(reports, random));
                    break;
            }
        }

        foreach (var work in sent)
            answers.Add((work.Id, reps[work.Cell].Perform(work.Ask) is var (_, revision), revision));
        foreach (var answer in answers)
            engine.Confirm(answer.Id, 0, answer.Revision);
        foreach (var rep in reps.Values)
            engine.Apply(rep.Report());
        Assert.Equal(0, engine.ReservationCount);
        foreach (var (cell, rep) in reps)
            Assert.Equal(rep.FreeMemoryMb, engine.Cell(cell)!.Value.Available.MemoryMb);
    }

    private static T Take<T>(List<T> items, SeededRandom random)
    {
        var at = random.Next(items.Count);
        var item = items[at];
        items.RemoveAt(at);
        return item;
    }

    private static int FreeMemory(AuctionEngine engine) => engine.Cell(Cell)!.Value.Available.MemoryMb;

    private static CellReport Holding(long revision) =>
        An.EmptyCell("a") with
        {
            Revision = revision,
            Available = new Resources(900, 9_900, 9),
            Processes = [new ProcessCount("web", 1)],
        };
}
