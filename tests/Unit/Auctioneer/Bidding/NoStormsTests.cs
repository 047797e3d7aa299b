using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Scheduler.Auctioneer;
using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Hosting.Settings;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Auction;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Auctioneer.Bidding;

/// <summary>Effects of a flood on cells and on work that waits beside it.</summary>
public sealed class NoStormsTests
{
    private static readonly AuctioneerOptions Defaults = new() { RememberedDecisions = 100_000 };

    [Fact]
    public void A_cell_is_handed_a_burst_at_once_and_the_rest_at_its_rate()
    {
        var fleet = new Fleet(Defaults, "a");
        fleet.Step(Offer("web", 120));

        Assert.Equal(50, fleet.SentTo("a").Count);
        Assert.Equal((70, 120), (fleet.Loop.Paced, fleet.Engine.ReservationCount));
        fleet.LetTimePass(TimeSpan.FromSeconds(2));
        Assert.InRange(fleet.SentTo("a").Count, 50 + 35, 50 + 40);
        fleet.LetTimePass(TimeSpan.FromSeconds(1.5));

        Assert.Equal(Enumerable.Range(0, 120).Select(i => $"web.{i}").ToHashSet(), fleet.SentTo("a").ToHashSet());
        Assert.Equal(120, fleet.SentTo("a").Count);
        // Waiting work was no placement error, and was sent in a few larger calls.
        Assert.Empty(fleet.Failures);
        Assert.InRange(fleet.Calls, 2, 1 + 15);
    }

    [Fact]
    public void One_start_waits_for_nothing_and_a_fleet_starts_as_many_bursts_as_it_has_cells()
    {
        var fleet = new Fleet(Defaults, "a", "b", "c", "d");
        fleet.Step(Offer("one", 1));
        Assert.Single(fleet.Sent);

        fleet.Step(Offer("many", 196));
        Assert.Equal(197, fleet.Sent.Count);
    }

    [Fact]
    public void Decisions_are_the_same_to_the_bit_with_any_pace()
    {
        List<(string? Cell, double Score)> Decide(double perSecond, int burst)
        {
            var fleet = new Fleet(Defaults with { StartsPerCellPerSecond = perSecond, StartBurstPerCell = burst }, "a", "b", "c");
            fleet.Step([.. Enumerable.Range(0, 60).Select(i => Offer($"process-{i}", 1 + (i % 7)))]);
            return
            [
                .. Enumerable
                    .Range(0, 60)
                    .SelectMany(i =>
                        Enumerable.Range(0, 1 + (i % 7)).Select(index => fleet.Look($"process-{i}", index).Decision!.Value.Result)
                    )
                    .Select(result => (result.Cell.Value, result.Score)),
            ];
        }

        var unbounded = Decide(0, 1);
        Assert.Equal(unbounded, Decide(1, 1));
        Assert.Equal(unbounded, Decide(20, 50));
    }

    [Fact]
    public void The_time_limit_of_a_reservation_counts_from_the_hand_over()
    {
        var fleet = new Fleet(Defaults with { StartsPerCellPerSecond = 0.1, StartBurstPerCell = 1 }, "a");
        fleet.Step(Offer("web", 2));
        fleet.LetTimePass(TimeSpan.FromSeconds(9));
        Assert.Single(fleet.Sent);
        fleet.Answers = false;
        fleet.LetTimePass(TimeSpan.FromSeconds(1));
        Assert.Equal(2, fleet.Sent.Count);

        fleet.LetTimePass(TimeSpan.FromSeconds(29));
        Assert.Equal(2, fleet.Sent.Count);
        fleet.LetTimePass(TimeSpan.FromSeconds(1));

        Assert.Equal(["web.0", "web.1", "web.1"], fleet.SentTo("a"));
    }

    [Fact]
    public void A_cell_that_owes_a_burst_of_answers_gets_no_more_until_it_gives_them()
    {
        var fleet = new Fleet(Defaults, "a") { Answers = false };
        fleet.Step(Offer("web", 120));
        fleet.LetTimePass(TimeSpan.FromSeconds(20));
        Assert.Equal(50, fleet.Sent.Count);

        fleet.Answers = true;
        fleet.LetTimePass(TimeSpan.FromSeconds(10));

        Assert.Equal(120, fleet.Sent.Distinct().Count());
        Assert.Equal(120, fleet.Sent.Count);
    }

    [Fact]
    public void What_waits_at_a_silent_cell_goes_to_auction_with_what_has_lapsed()
    {
        var fleet = new Fleet(Defaults, "silent") { Answers = false };
        fleet.Step(Offer("web", 120));
        fleet.Step(fleet.Report("other"));
        fleet.LetTimePass(TimeSpan.FromSeconds(28));
        Assert.Empty(fleet.SentTo("other"));

        fleet.LetTimePass(TimeSpan.FromSeconds(2));

        Assert.Equal(50, fleet.SentTo("other").Count);
        Assert.Equal(120, fleet.Engine.ReservationCount);
    }

    [Fact]
    public void What_waits_at_a_cell_that_goes_is_given_to_another_and_its_return_brings_no_second_burst()
    {
        var fleet = new Fleet(Defaults, "a");
        fleet.Step(Offer("web", 120));
        fleet.Step(fleet.Report("b"), new BiddingMessage.Gone(new CellId("a")));
        Assert.Equal(50, fleet.SentTo("b").Count);

        fleet.LetTimePass(TimeSpan.FromSeconds(1));
        fleet.Step(fleet.Report("a"), Offer("other", 120));

        Assert.InRange(fleet.SentTo("a").Count, 50 + 15, 50 + 20);
        fleet.LetTimePass(TimeSpan.FromSeconds(20));
        Assert.Equal(240, fleet.Sent.Distinct().Count());
        Assert.Equal(240, fleet.Sent.Count);
        Assert.Equal(0, fleet.Loop.InFlight);
    }

    [Fact]
    public void First_starts_of_others_go_before_the_starts_of_a_crash_loop()
    {
        var fleet = new Fleet(Defaults with { StartBurstPerCell = 5, StartsPerCellPerSecond = 5 }, "a");
        fleet.Step(Offer("looping", 100, restart: true), Offer("quiet-1", 2), Offer("quiet-2", 2));

        Assert.Equal(["quiet-1.0", "quiet-2.0", "quiet-1.1", "quiet-2.1", "looping.0"], fleet.SentTo("a"));

        // Work that comes later does not wait behind the hundred either.
        fleet.LetTimePass(TimeSpan.FromSeconds(3));
        fleet.Step(Offer("late", 1));
        fleet.LetTimePass(TimeSpan.FromSeconds(0.6));
        Assert.Contains("late.0", fleet.SentTo("a"));
        Assert.InRange(fleet.SentTo("a").Count, 16, 25);
    }

    [Fact]
    public void A_backlog_is_decided_in_rounds_to_which_every_process_contributes()
    {
        var fleet = new Fleet(
            Defaults with
            {
                MaxAuctionBatch = 50,
                StartsPerCellPerSecond = 0,
            },
            [.. Enumerable.Range(0, 20).Select(i => $"cell-{i}")]
        );
        fleet.Send(Offer("looping", 1_000, restart: true), Offer("large", 1_000));
        fleet.Send([.. Enumerable.Range(0, 90).Select(i => Offer($"small-{i}", 1))]);

        // 91 processes with first starts have 40 of the 50 places of a round, so each gets its turn within 3 rounds.
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(TimeSpan.Zero, fleet.Loop.RunOnce());
            Assert.Equal(50 * (round + 1), fleet.Sent.Count);
        }

        Assert.Superset(Enumerable.Range(0, 90).Select(i => $"small-{i}.0").ToHashSet(), fleet.Sent.ToHashSet());
        Assert.Equal(30, fleet.Sent.Count(id => id.StartsWith("looping", StringComparison.Ordinal)));

        while (fleet.Loop.RunOnce() == TimeSpan.Zero)
            Assert.True(fleet.Sent.Count < 2_090);
        Assert.Equal(2_090, fleet.Sent.Distinct().Count());
        Assert.Equal(2_090, fleet.Sent.Count);
    }

    [Fact]
    public void Work_that_waits_for_its_turn_is_not_auctioned_again_and_a_look_says_that_it_waits()
    {
        var fleet = new Fleet(Defaults, "a") { Answers = false };
        fleet.Step(Offer("web", 60));
        var waiting = Enumerable.Range(0, 60).Where(i => !fleet.Sent.Contains($"web.{i}")).ToList();
        Assert.Equal(10, waiting.Count);

        fleet.Step(Offer("web", 60));

        Assert.Equal((60, 60), (fleet.Loop.InFlight, fleet.Engine.ReservationCount));
        Assert.Equal(10, fleet.Look("web", waiting[0]).StartsWaiting);
        Assert.Equal(0, fleet.Look("web", 0).StartsWaiting);
        fleet.Answers = true;
        fleet.LetTimePass(TimeSpan.FromSeconds(1));
        Assert.Equal(0, fleet.Look("web", waiting[0]).StartsWaiting);
        Assert.Equal(60, fleet.Sent.Count);
    }

    [Fact]
    public void The_loop_wakes_for_hand_overs_by_itself_and_the_end_of_its_term_drops_what_waits() =>
        VirtualWorld.Run(async world =>
        {
            var fleet = new Fleet(Defaults, world.Time, "a") { AnswersItself = true };
            using var term = new CancellationTokenSource();
            var running = fleet.RunAsync(term.Token);
            fleet.Send(Offer("web", 120));
            await world.AdvanceAsync(2);
            Assert.InRange(fleet.Sent.Count, 50 + 35, 50 + 40);

            term.Cancel();
            await world.SettleAsync();
            var sent = fleet.Sent.Count;
            await world.AdvanceAsync(60);

            Assert.True(running.IsCanceled);
            Assert.Equal(sent, fleet.Sent.Count);
        });

    [Fact]
    public void A_loop_with_a_backlog_still_takes_what_arrives_between_rounds() =>
        VirtualWorld.Run(async world =>
        {
            var fleet = new Fleet(Defaults with { MaxAuctionBatch = 10, StartsPerCellPerSecond = 0 }, world.Time, "a", "b");
            using var term = new CancellationTokenSource();
            var running = fleet.RunAsync(term.Token);
            fleet.Send(Offer("large", 200));
            fleet.SentAction = count =>
            {
                if (count == 20)
                    fleet.Send(Offer("late", 1));
            };
            await world.AdvanceAsync(1);

            Assert.Equal(201, fleet.Sent.Count);
            Assert.InRange(fleet.Sent.ToList().IndexOf("late.0"), 20, 40);
            term.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        });

    [Theory]
    [InlineData(-1, 50, 5_000, "starts-per-cell")]
    [InlineData(0.001, 50, 5_000, "starts-per-cell")]
    [InlineData(double.NaN, 50, 5_000, "starts-per-cell")]
    [InlineData(20, 0, 5_000, "start-burst")]
    [InlineData(20, 50, 0, "max-auction-batch")]
    public void Options_out_of_their_range_are_refused_by_name(double rate, int burst, int batch, string field)
    {
        var options = new AuctioneerOptions
        {
            StartsPerCellPerSecond = rate,
            StartBurstPerCell = burst,
            MaxAuctionBatch = batch,
        };
        Assert.Equal([field], OptionRules.Violations(options).Select(violation => violation.Field));
        Assert.Empty(OptionRules.Violations(options with { StartsPerCellPerSecond = 0, StartBurstPerCell = 1, MaxAuctionBatch = 1 }));
    }

    private static BiddingMessage Offer(string process, int instances, bool restart = false) =>
        new BiddingMessage.Offer([
            .. Enumerable
                .Range(0, instances)
                .Select(i => new WorkItem(WorkKind.Lrp, process, i, "d", new Resources(10, 10, 1), 0, An.AnyLinux) { IsRestart = restart }),
        ]);

    /// <summary>Cells that accept everything, and answer at once unless configured otherwise.</summary>
    private sealed class Fleet : IBiddingPorts
    {
        private readonly TimeProvider _time;
        private readonly Channel<BiddingMessage> _messages = Channel.CreateUnbounded<BiddingMessage>();
        private readonly HandOverAudit _audit;
        private readonly List<(string Cell, string AuctionId)> _sent = [];
        private readonly List<BiddingMessage> _owed = [];
        private long _revision = 1;

        public Fleet(AuctioneerOptions options, params string[] cells)
            : this(options, new FakeTimeProvider(), cells) { }

        public Fleet(AuctioneerOptions options, TimeProvider time, params string[] cells)
        {
            (_time, _audit) = (time, new HandOverAudit(options));
            Loop = new BiddingLoop(Engine, _messages.Reader, this, options, time, NullLogger<BiddingLoop>.Instance);
            Send(new BiddingMessage.Expected([]));
            Send([.. cells.Select(Report)]);
        }

        public AuctionEngine Engine { get; } = new(AuctionRules.Default);

        public BiddingLoop Loop { get; }

        public bool Answers { get; set; } = true;

        /// <summary>For a loop that runs on its own.</summary>
        public bool AnswersItself { get; init; }

        public IReadOnlyList<string> Sent => [.. _sent.Select(work => work.AuctionId)];

        public List<string> Failures { get; } = [];

        public int Calls { get; private set; }

        public Action<int>? SentAction { get; set; }

        public IReadOnlyList<string> SentTo(string cell) => [.. _sent.Where(work => work.Cell == cell).Select(work => work.AuctionId)];

        public Task RunAsync(CancellationToken stopping) => Loop.RunAsync(_messages.Writer, stopping);

        public void Send(params BiddingMessage[] messages)
        {
            foreach (var message in messages)
                Assert.True(_messages.Writer.TryWrite(message));
        }

        public void Step(params BiddingMessage[] messages)
        {
            Send(messages);
            LetTimePass(TimeSpan.Zero);
        }

        /// <summary>The loop runs when it is due, and ticks come every second, as they do in a term.</summary>
        public void LetTimePass(TimeSpan span)
        {
            var clock = (FakeTimeProvider)_time;
            var until = _time.GetUtcNow() + span;
            var tick = _time.GetUtcNow() + TimeSpan.FromSeconds(1);
            while (true)
            {
                GiveAnswers();
                var pause = Loop.RunOnce();
                if (_messages.Reader.Count > 0 || pause == TimeSpan.Zero || (Answers && _owed.Count > 0))
                    continue;
                var now = _time.GetUtcNow();
                var next = pause is { } wait && now + wait < tick ? now + wait : tick;
                if (next > until)
                {
                    clock.Advance(until - now);
                    return;
                }

                clock.Advance(next - now);
                if (next != tick)
                    continue;
                tick += TimeSpan.FromSeconds(1);
                Send(new BiddingMessage.Tick());
            }
        }

        public AuctionLook Look(string guid, int index)
        {
            var reply = new TaskCompletionSource<AuctionLook>(TaskCreationOptions.RunContinuationsAsynchronously);
            Step(new BiddingMessage.Look(guid, index, reply));
            return reply.Task.Result;
        }

        public BiddingMessage Report(string cell) =>
            new BiddingMessage.Report(
                new CellReport
                {
                    Cell = new CellId(cell),
                    Revision = _revision++,
                    Zone = "z1",
                    Total = new Resources(100_000, 100_000, 1_000),
                    Available = new Resources(100_000, 100_000, 1_000),
                    RootFsProviders = [new RootFsProvider("preloaded", null)],
                },
                new HashSet<string>()
            );

        void IBiddingPorts.Send(CellId cell, IReadOnlyList<WorkItem> work)
        {
            _audit.Note(cell, work.Count, _time.GetUtcNow());
            _sent.AddRange(work.Select(item => (cell.Value, item.AuctionId)));
            Calls++;
            // The cell's own report never arrives, so the work that it took stays a reservation.
            var answer = new BiddingMessage.Answer(cell, work, new Dictionary<string, string>(), 0, long.MaxValue);
            if (AnswersItself)
                Send(answer);
            else
                _owed.Add(answer);
            SentAction?.Invoke(_sent.Count);
        }

        void IBiddingPorts.Resynchronize(CellId cell) { }

        void IBiddingPorts.ReportFailure(WorkItem work, string placementError) => Failures.Add(work.AuctionId);

        private void GiveAnswers()
        {
            if (!Answers)
                return;
            Send([.. _owed]);
            _owed.Clear();
        }
    }
}
