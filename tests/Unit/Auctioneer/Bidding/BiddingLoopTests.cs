using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Scheduler.Auctioneer;
using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Auctioneer.Bidding;

public sealed class BiddingLoopTests
{
    private static readonly AuctioneerOptions Options = new();
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingPorts _ports = new();
    private readonly Channel<BiddingMessage> _messages = Channel.CreateUnbounded<BiddingMessage>();
    private readonly AuctionEngine _engine = new(AuctionRules.Default);
    private readonly BiddingLoop _loop;

    public BiddingLoopTests() =>
        _loop = new BiddingLoop(_engine, _messages.Reader, _ports, Options, _time, NullLogger<BiddingLoop>.Instance);

    [Fact]
    public void Hands_work_to_the_cell_that_wins_it()
    {
        Step(Expected("a"), Report("a"), Offer(Lrp("web", 0)));

        Assert.Equal([("a", "web.0")], _ports.Sent);
        Assert.Empty(_ports.Failures);
    }

    [Fact]
    public void Waits_for_the_first_reports_of_the_cells_that_are_there()
    {
        Step(Offer(Lrp("web", 0)));
        Step(Expected("a", "b"), Report("a"));
        Assert.Empty(_ports.Sent);
        Assert.Equal(1, _loop.Waiting);

        Step(Report("b"));

        Assert.Equal([("a", "web.0")], _ports.Sent);
    }

    [Fact]
    public void Gives_up_waiting_for_a_cell_that_does_not_report()
    {
        Step(Expected("a", "dead"), Report("a"), Offer(Lrp("web", 0)));

        _time.Advance(Options.FirstReportsTimeout);
        Step(new BiddingMessage.Tick());

        Assert.Equal([("a", "web.0")], _ports.Sent);
    }

    [Fact]
    public void Fails_everything_in_Diegos_words_when_there_is_no_cell()
    {
        Step(Expected(), Offer(Lrp("web", 0)));

        Assert.Equal([("web.0", PlacementErrors.CellCommunication)], _ports.Failures);
    }

    [Fact]
    public void Does_not_hold_the_same_auction_twice()
    {
        Step(Expected("a"), Report("a"), Offer(Lrp("web", 0), Lrp("web", 0)));
        Step(Offer(Lrp("web", 0)));

        Assert.Equal([("a", "web.0")], _ports.Sent);
    }

    [Fact]
    public void Holds_it_again_once_the_cell_has_confirmed()
    {
        var work = Lrp("web", 0);
        Step(Expected("a"), Report("a"), Offer(work));
        Step(Confirmed("a", work));

        Step(Offer(work));

        Assert.Equal(2, _ports.Sent.Count);
    }

    [Fact]
    public void Auctions_refused_work_again_and_reports_the_last_refusal_in_the_end()
    {
        var work = Lrp("web", 0);
        Step(Expected("a"), Report("a"), Offer(work));
        for (var i = 0; i <= Options.MaxReauctions; i++)
            Step(Refused("a", work, $"no {i}"));

        Assert.Equal(Options.MaxReauctions + 1, _ports.Sent.Count);
        Assert.Equal([("web.0", $"no {Options.MaxReauctions}")], _ports.Failures);
        Assert.Equal(0, _engine.ReservationCount);
    }

    [Fact]
    public void Gives_the_work_of_a_lost_cell_to_another()
    {
        Step(Expected("a"), Report("a"), Offer(Lrp("web", 0)));

        Step(Report("b"), new BiddingMessage.Gone(new CellId("a")));

        Assert.Equal([("a", "web.0"), ("b", "web.0")], _ports.Sent);
    }

    [Fact]
    public void A_cell_whose_stream_broke_does_not_bid_before_it_reports_again()
    {
        Step(Expected("a", "b"), Report("a"), Report("b"));
        Step(new BiddingMessage.Silent(new CellId("a")), Offer(Lrp("web", 0), Lrp("web", 1)));
        Assert.Equal([("b", "web.0"), ("b", "web.1")], _ports.Sent);

        // The same state as before: the cell itself did not change, it was only unreachable.
        Step(Report("a"), Offer(Lrp("web", 2)));

        Assert.Equal(("a", "web.2"), _ports.Sent[^1]);
    }

    [Fact]
    public void What_is_under_way_to_a_cell_whose_stream_broke_stays_its()
    {
        var work = Lrp("web", 0);
        Step(Expected("a"), Report("a"), Offer(work));
        Step(new BiddingMessage.Silent(new CellId("a")));
        Assert.Equal((1, 0), (_loop.InFlight, _loop.Waiting));

        Step(Confirmed("a", work), Report("a", revision: 2, held: ["web.0"]));

        Assert.Equal((0, 0), (_loop.InFlight, _engine.ReservationCount));
        Assert.Single(_ports.Sent);
    }

    [Fact]
    public void A_cell_that_is_not_known_can_be_silent_too()
    {
        Step(Expected("a"), Report("a"));

        Step(new BiddingMessage.Silent(new CellId("unheard-of")), Offer(Lrp("web", 0)));

        Assert.Equal([("a", "web.0")], _ports.Sent);
    }

    [Fact]
    public void A_broken_call_is_settled_by_the_next_whole_state_that_holds_the_work()
    {
        var work = Lrp("web", 0);
        Step(Expected("a"), Report("a"), Offer(work));
        Step(new BiddingMessage.Unanswered(new CellId("a"), [work]));
        Assert.Equal(1, _loop.InFlight);

        Step(Report("a", revision: 2, held: ["web.0"]));

        Assert.Equal(0, _loop.InFlight);
        Assert.Single(_ports.Sent);
    }

    [Fact]
    public void A_broken_call_is_auctioned_again_when_the_next_whole_state_lacks_the_work()
    {
        var work = Lrp("web", 0);
        Step(Expected("a"), Report("a"), Offer(work));
        Step(new BiddingMessage.Unanswered(new CellId("a"), [work]));

        Step(Report("a", revision: 2));

        Assert.Equal([("a", "web.0"), ("a", "web.0")], _ports.Sent);
    }

    [Fact]
    public void A_reservation_lapses_when_the_cell_is_silent()
    {
        Step(Expected("a"), Report("a"), Offer(Lrp("web", 0)));
        _time.Advance(Options.ReservationTimeout - TimeSpan.FromTicks(1));
        Step(new BiddingMessage.Tick());
        Assert.Single(_ports.Sent);

        _time.Advance(TimeSpan.FromTicks(1));
        Step(new BiddingMessage.Tick());

        Assert.Equal(2, _ports.Sent.Count);
        Assert.Equal(1, _engine.ReservationCount);
    }

    [Fact]
    public void A_broken_call_asks_for_the_whole_state_that_settles_it()
    {
        var work = Lrp("web", 0);
        Step(Expected("a"), Report("a"), Offer(work));

        Step(Unanswered("a", work));

        Assert.Equal(["a"], _ports.Resynchronized);
    }

    [Fact]
    public void A_cell_that_twice_does_not_answer_for_work_takes_none_for_a_while()
    {
        var (one, two) = (Lrp("web", 0), Lrp("web", 1));
        OfferToTwo(one);
        Step(Unanswered("a", one), Report("a", revision: 2));
        Assert.Equal([("a", "web.0"), ("a", "web.0")], _ports.Sent);

        Step(Unanswered("a", one), Report("a", revision: 3), Offer(two));

        Assert.Equal([("b", "web.0"), ("b", "web.1")], _ports.Sent[2..].OrderBy(sent => sent.AuctionId));
        Assert.Equal(1, _loop.InQuarantine);
    }

    [Fact]
    public void A_cell_in_quarantine_stays_there_whatever_it_says_of_itself()
    {
        QuarantineOne();

        Step(
            new BiddingMessage.Change(
                new CellChange
                {
                    Cell = new CellId("a"),
                    PreviousRevision = 3,
                    Revision = 4,
                    Available = new Resources(1024, 1024, 10),
                }
            ),
            Offer(Lrp("more", 0))
        );

        Assert.Equal(("b", "more.0"), _ports.Sent[^1]);
    }

    [Fact]
    public void A_quarantine_ends_with_a_whole_state_and_is_longer_the_next_time()
    {
        QuarantineOne();
        _ports.Resynchronized.Clear();
        _time.Advance(Options.QuarantineMin);
        Step(new BiddingMessage.Tick());
        Assert.Equal(["a"], _ports.Resynchronized);

        var work = Lrp("more", 0);
        Step(Report("a", revision: 4), Offer(work));
        Assert.Equal(("a", "more.0"), _ports.Sent[^1]);
        Step(Unanswered("a", work), Report("a", revision: 5));
        Assert.Equal(("b", "more.0"), _ports.Sent[^1]);

        _time.Advance(Options.QuarantineMin * 2 - TimeSpan.FromTicks(1));
        Step(new BiddingMessage.Tick());
        Assert.Equal(1, _loop.InQuarantine);
        _time.Advance(TimeSpan.FromTicks(1));
        Step(new BiddingMessage.Tick());
        Assert.Equal(0, _loop.InQuarantine);
    }

    [Fact]
    public void An_answer_wipes_the_slate_clean()
    {
        var (one, two) = (Lrp("web", 0), Lrp("web", 1));
        OfferToTwo(one);
        Step(Unanswered("a", one), Report("a", revision: 2));
        Step(Confirmed("a", one, revision: 3), Report("a", revision: 3));

        Step(Offer(two));
        Step(Unanswered("a", two), Report("a", revision: 4));

        Assert.Equal(0, _loop.InQuarantine);
        Assert.Equal(("a", "web.1"), _ports.Sent[^1]);
    }

    [Fact]
    public void A_late_answer_ends_the_quarantine()
    {
        OfferToTwo(Lrp("web", 0));
        _time.Advance(Options.ReservationTimeout);
        Step(new BiddingMessage.Tick());
        Assert.Equal(1, _loop.InQuarantine);

        Step(Confirmed("a", Lrp("web", 0)));
        Assert.Equal(["a"], _ports.Resynchronized);
        Step(Report("a", revision: 2), Offer(Lrp("more", 0)));

        Assert.Equal(("a", "more.0"), _ports.Sent[^1]);
    }

    [Fact]
    public void A_cell_that_keeps_work_waiting_is_not_asked_again_at_once()
    {
        OfferToTwo(Lrp("web", 0));

        _time.Advance(Options.ReservationTimeout);
        Step(new BiddingMessage.Tick());

        Assert.Equal([("a", "web.0"), ("b", "web.0")], _ports.Sent);
    }

    [Fact]
    public void Nor_is_one_whose_call_breaks_after_a_long_wait()
    {
        var work = Lrp("web", 0);
        OfferToTwo(work);

        _time.Advance(Options.ReservationTimeout / 2);
        Step(Unanswered("a", work), Report("a", revision: 2));

        Assert.Equal([("a", "web.0"), ("b", "web.0")], _ports.Sent);
    }

    [Fact]
    public void The_last_cell_that_takes_work_is_never_left_out()
    {
        var work = Lrp("web", 0);
        Step(Expected("a"), Report("a"), Offer(work));

        for (var i = 2; i < 4; i++)
            Step(Unanswered("a", work), Report("a", revision: i));

        Assert.Equal(0, _loop.InQuarantine);
        Assert.Equal(3, _ports.Sent.Count);
    }

    [Fact]
    public void No_more_than_a_quarter_of_the_fleet_is_left_out()
    {
        string[] cells = [.. Enumerable.Range(0, 8).Select(i => $"c{i}")];
        WorkItem[] work = [.. cells.Select(cell => Lrp(cell, 0))];
        Step([Expected(cells), .. cells.Select(cell => Report(cell)), Offer(work)]);
        Assert.Equal(8, _ports.Sent.Select(sent => sent.Cell).Distinct().Count());

        _time.Advance(Options.ReservationTimeout);
        Step(new BiddingMessage.Tick());

        Assert.Equal(2, _loop.InQuarantine);
    }

    [Fact]
    public void A_cell_whose_stream_breaks_too_bids_again_as_soon_as_it_reports()
    {
        QuarantineOne();

        Step(new BiddingMessage.Silent(new CellId("a")), Report("a", revision: 4), Offer(Lrp("more", 0)));

        Assert.Equal(("a", "more.0"), _ports.Sent[^1]);
        Assert.Equal(0, _loop.InQuarantine);
    }

    [Fact]
    public void Asks_a_cell_for_its_whole_state_when_a_change_does_not_fit()
    {
        Step(Expected("a"), Report("a"));

        Step(
            new BiddingMessage.Change(
                new CellChange
                {
                    Cell = new CellId("a"),
                    PreviousRevision = 7,
                    Revision = 8,
                    Available = new Resources(1, 1, 1),
                }
            )
        );

        Assert.Equal(["a"], _ports.Resynchronized);
    }

    [Fact]
    public void Decides_one_piece_of_work_on_a_quiet_system_at_once()
    {
        Step(Expected("a"), Report("a"));

        Assert.True(_messages.Writer.TryWrite(Offer(Lrp("web", 0))));
        _loop.RunOnce();

        // No time has passed and no tick has arrived.
        Assert.Equal([("a", "web.0")], _ports.Sent);
    }

    [Fact]
    public void Remembers_decisions_and_explains_a_refusal_as_it_was_then()
    {
        Step(Expected("a"), Report("a"), Offer(Lrp("web", 0), Lrp("web", 1) with { Ask = new Resources(4096, 1, 1) }));
        Step(Report("b"));

        var placed = Look("web", 0).Decision!.Value;
        var refused = Look("web", 1).Decision!.Value;

        Assert.Equal(("a", _time.GetUtcNow()), (placed.Result.Cell.Value, placed.DecidedAt));
        Assert.Null(placed.Then);
        Assert.Equal("insufficient resources: memory", refused.Result.Error);
        Assert.Equal((1, 1), (refused.Then!.Rules[^1].TurnedAway, refused.Then.Rules[^1].Considered));
        Assert.Null(Look("web", 2).Decision);
    }

    [Fact]
    public void Forgets_the_oldest_decisions()
    {
        var memory = new DecisionMemory(2);
        for (var i = 0; i < 3; i++)
            memory.Remember(new RememberedDecision(Lrp("web", i), default, default, null));

        Assert.Null(memory.Find("web", 0));
        Assert.Equal(1, memory.Find("web", 1)!.Value.Work.Index);
        Assert.Equal(2, memory.Find("web", 2)!.Value.Work.Index);
        Assert.Null(new DecisionMemory(0).Find("web", 0));
    }

    [Fact]
    public void Explains_no_more_refusals_than_it_can_afford_and_like_ones_together()
    {
        Step(Expected("a"), Report("a"));
        var many = Enumerable.Range(0, 100).Select(i => Lrp("web", i) with { Ask = new Resources(4096 + (i / 2), 1, 1) }).ToArray();

        Step(Offer(many));

        var explanations = many.Select(work => Look("web", work.Index).Decision!.Value.Then).Where(then => then is not null).ToList();
        Assert.Equal(2 * Options.ExplainedRefusalsPerSecond, explanations.Count);
        Assert.Equal(Options.ExplainedRefusalsPerSecond, explanations.Distinct(ReferenceEqualityComparer.Instance).Count());

        _time.Advance(TimeSpan.FromSeconds(1));
        Step(Offer(many[^1]));
        Assert.NotNull(Look("web", 99).Decision!.Value.Then);
    }

    [Fact]
    public void A_look_at_the_fleet_is_a_copy_that_changes_nothing()
    {
        Step(Expected("a"), Report("a"));
        var fleet = Look(null, 0).Fleet;

        Assert.True(fleet.Place(Lrp("web", 0).AskOf(fleet)).Placed);

        Assert.Equal((0, 1), (_engine.ReservationCount, fleet.ReservationCount));
    }

    [Fact]
    public void Turns_work_away_when_too_much_waits_undecided()
    {
        var admission = new WorkAdmission(3);
        Assert.True(admission.TryAdmit(2));
        Assert.False(admission.TryAdmit(2));
        Assert.True(admission.TryAdmit(1));

        admission.Leave(3);
        admission.Waits(2);

        Assert.False(admission.TryAdmit(2));
        Assert.True(admission.TryAdmit(1));
        Assert.Equal(3, admission.Undecided);
    }

    private AuctionLook Look(string? guid, int index)
    {
        var reply = new TaskCompletionSource<AuctionLook>(TaskCreationOptions.RunContinuationsAsynchronously);
        Step(new BiddingMessage.Look(guid, index, reply));
        Assert.True(reply.Task.IsCompletedSuccessfully);
        return reply.Task.Result;
    }

    private void Step(params BiddingMessage[] messages)
    {
        foreach (var message in messages)
            Assert.True(_messages.Writer.TryWrite(message));
        _loop.RunOnce();
    }

    /// <summary>Of the cells a and b, a is emptier and wins the work.</summary>
    private void OfferToTwo(WorkItem work) => Step(Expected("a", "b"), Report("a"), Report("b", free: 512), Offer(work));

    /// <summary>Quarantines a; the work that it failed to take has gone to b.</summary>
    private void QuarantineOne()
    {
        var work = Lrp("web", 0);
        OfferToTwo(work);
        Step(Unanswered("a", work), Report("a", revision: 2));
        Step(Unanswered("a", work), Report("a", revision: 3));
        Step(Confirmed("b", work));
        Assert.Equal(1, _loop.InQuarantine);
    }

    private static WorkItem Lrp(string process, int index) =>
        new(WorkKind.Lrp, process, index, "domain", new Resources(128, 128, 1), 0, PlacementConstraint.ForRootFs("preloaded:linux"));

    private static BiddingMessage Offer(params WorkItem[] work) => new BiddingMessage.Offer(work);

    private static BiddingMessage Expected(params string[] cells) =>
        new BiddingMessage.Expected([.. cells.Select(cell => new CellId(cell))]);

    private static BiddingMessage Confirmed(string cell, WorkItem work, long revision = 2) =>
        new BiddingMessage.Answer(new CellId(cell), [work], new Dictionary<string, string>(), 0, revision);

    private static BiddingMessage Unanswered(string cell, WorkItem work) => new BiddingMessage.Unanswered(new CellId(cell), [work]);

    private static BiddingMessage Refused(string cell, WorkItem work, string reason) =>
        new BiddingMessage.Answer(new CellId(cell), [work], new Dictionary<string, string> { [work.AuctionId] = reason }, 0, 2);

    private static BiddingMessage Report(string cell, long revision = 1, int free = 1024, params string[] held) =>
        new BiddingMessage.Report(
            new CellReport
            {
                Cell = new CellId(cell),
                Revision = revision,
                Zone = "z1",
                Total = new Resources(1024, 1024, 10),
                Available = new Resources(free, free, 10),
                RootFsProviders = [new RootFsProvider("preloaded", null)],
            },
            held.ToHashSet()
        );

    private sealed class RecordingPorts : IBiddingPorts
    {
        public List<(string Cell, string AuctionId)> Sent { get; } = [];

        public List<(string AuctionId, string Error)> Failures { get; } = [];

        public List<string> Resynchronized { get; } = [];

        public void Send(CellId cell, IReadOnlyList<WorkItem> work) => Sent.AddRange(work.Select(item => (cell.Value, item.AuctionId)));

        public void Resynchronize(CellId cell) => Resynchronized.Add(cell.Value);

        public void ReportFailure(WorkItem work, string placementError) => Failures.Add((work.AuctionId, placementError));
    }
}
