using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Scheduler.Auctioneer;
using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Auctioneer.Recording;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Bidding;

/// <summary>
/// The bidding loop among cells, with all messages in flight in queues. A seed decides what arrives next, what is repeated, delayed or
/// lost, and which cells come and go.
/// </summary>
internal sealed class BiddingWorld : IBiddingPorts
{
    private const string NoReason = "not today";
    private readonly SeededRandom _random;
    private readonly bool _withLosses;
    private readonly AuctioneerOptions _options;
    private readonly HandOverAudit _handedOver;
    private readonly FakeTimeProvider _time = new();
    private readonly Channel<BiddingMessage> _messages = new LockFreeChannel<BiddingMessage>(1_000);
    private readonly List<ModelCell> _cells = [];
    private readonly Dictionary<CellId, Queue<BiddingMessage>> _streams = [];
    private readonly Dictionary<CellId, Queue<IReadOnlyList<WorkItem>>> _inboxes = [];
    private readonly List<BiddingMessage> _answers = [];
    private readonly HashSet<string> _offered = [];
    private readonly HashSet<string> _settled = [];
    private int _processes;

    public BiddingWorld(ulong seed, AuctionRecorder? recorder = null)
    {
        _random = new SeededRandom(seed);
        _withLosses = seed % 2 == 0;
        _options = new AuctioneerOptions
        {
            ReservationTimeout = TimeSpan.FromSeconds(10),
            StartsPerCellPerSecond = _random.Pick([0.0, 2, 7.5, 20]),
            StartBurstPerCell = _random.Pick([1, 3, 50]),
            MaxAuctionBatch = _random.Pick([4, 5_000]),
        };
        _handedOver = new HandOverAudit(_options);
        Engine = new AuctionEngine(AuctionRules.Default);
        Loop = new BiddingLoop(Engine, _messages.Reader, this, _options, _time, NullLogger<BiddingLoop>.Instance, recorder);
        for (var i = 0; i < 2 + _random.Next(6); i++)
        {
            var total = new Resources(500 + _random.Next(2_000), 1_000 + _random.Next(4_000), 3 + _random.Next(20));
            var cell = new ModelCell($"cell-{i}", $"z{i % 3}", total, proxyMemoryMb: _random.Pick([0, 32]));
            _cells.Add(cell);
            _inboxes[cell.Id] = new();
            _streams[cell.Id] = new([cell.Full()]);
        }

        Tell(new BiddingMessage.Expected([]));
    }

    public AuctionEngine Engine { get; }

    public BiddingLoop Loop { get; }

    /// <summary>Refusals for lack of room although nothing had been lost: the auction promised resources that did not exist.</summary>
    public int BrokenPromises { get; private set; }

    public void Step()
    {
        var cell = _random.Pick(_cells);
        switch (_random.Next(11))
        {
            case 10:
                _time.Advance(TimeSpan.FromMilliseconds(_random.Next(500)));
                break;
            case 0 or 1:
                Offer();
                break;
            case 2 or 3:
                Work(cell);
                break;
            case 4 or 5:
                if (_streams[cell.Id].TryDequeue(out var state))
                    Tell(state);
                break;
            case 6:
                Answer();
                break;
            case 7 when cell.Held.Count > 0:
                cell.Release(_random.Pick([.. cell.Held]));
                Stream(cell);
                break;
            case 8 when cell.Held.Count > 0:
                cell.Run(_random.Pick([.. cell.Held]));
                Stream(cell);
                break;
            case 9 when _withLosses:
                Lose(cell);
                break;
        }

        Check();
    }

    /// <summary>Delivers everything in flight, and lets time pass for what never arrives.</summary>
    public void Settle()
    {
        for (var round = 0; round < 200 && (round < 3 || Loop.InFlight + Loop.Waiting > 0); round++)
        {
            foreach (var cell in _cells)
            {
                while (_inboxes[cell.Id].Count > 0)
                    Work(cell);
                while (_streams[cell.Id].TryDequeue(out var state))
                    Tell(state);
                if (Engine.Cell(cell.Id) is null)
                    Tell(cell.Full());
            }

            while (_answers.Count > 0)
                Answer();
            _time.Advance(_withLosses ? _options.ReservationTimeout : TimeSpan.FromSeconds(1));
            Tell(new BiddingMessage.Tick());
            while (Loop.RunOnce() == TimeSpan.Zero)
            {
                // More work waits than one auction takes.
            }

            Check();
        }
    }

    public void CheckSettled()
    {
        Assert.Equal((0, 0, 0, 0, 0), (Loop.Waiting, Loop.Paced, Loop.InFlight, Engine.ReservationCount, Loop.Admission.Undecided));
        Assert.All(_cells, cell => Assert.Equal(cell.Available, Engine.Cell(cell.Id)!.Value.Available));
        Assert.Empty(_offered.Except(_settled));
    }

    public void Send(CellId cell, IReadOnlyList<WorkItem> work)
    {
        _handedOver.Note(cell, work.Count, _time.GetUtcNow());
        _inboxes[cell].Enqueue(work);
    }

    public void Resynchronize(CellId cell) => _streams[cell] = new([_cells.Single(one => one.Id == cell).Full()]);

    public void ReportFailure(WorkItem work, string placementError) => _settled.Add(work.AuctionId);

    private void Check()
    {
        Assert.All(_cells, cell => Assert.False(cell.IsOverbooked));
        Assert.True(_withLosses || BrokenPromises == 0, "a cell had no room for what it was given");
    }

    private void Tell(BiddingMessage message)
    {
        Assert.True(_messages.Writer.TryWrite(message));
        // Sometimes several messages arrive before the loop runs.
        if (_random.Percent(80))
            Loop.RunOnce();
    }

    private void Offer()
    {
        var process = $"process-{_processes++}";
        var ask = new Resources(_random.Pick([1, 64, 128, 256, 700]), _random.Pick([0, 64, 512]), 1);
        var work = new List<WorkItem>();
        for (var i = 0; i < 1 + _random.Next(6); i++)
            work.Add(
                _random.Percent(80)
                    ? new WorkItem(WorkKind.Lrp, process, i, "d", ask, 0, An.AnyLinux) { IsRestart = _random.Percent(30) }
                    : new WorkItem(WorkKind.OneOffTask, $"{process}-task-{i}", 0, "d", ask, 0, An.AnyLinux)
            );
        _offered.UnionWith(work.Select(item => item.AuctionId));
        Assert.True(Loop.Admission.TryAdmit(work.Count));
        Tell(new BiddingMessage.Offer(work, work.Count));
    }

    private void Work(ModelCell cell)
    {
        if (!_inboxes[cell.Id].TryDequeue(out var work))
            return;
        var unwilling = work.Where(_ => _random.Percent(5)).ToDictionary(item => item.AuctionId, _ => NoReason);
        var refused = cell.Perform(work.Where(item => !unwilling.ContainsKey(item.AuctionId)));
        BrokenPromises += refused.Count;
        _settled.UnionWith(work.Select(item => item.AuctionId).Where(id => !unwilling.ContainsKey(id) && !refused.ContainsKey(id)));
        Stream(cell);
        foreach (var (id, reason) in unwilling)
            refused[id] = reason;
        var answer = new BiddingMessage.Answer(cell.Id, work, refused, Incarnation: 1, cell.Revision);
        switch (_withLosses ? _random.Next(10) : 9)
        {
            case 0:
                return;
            case 1:
                _answers.Add(new BiddingMessage.Unanswered(cell.Id, work));
                _streams[cell.Id].Enqueue(cell.Full());
                return;
            case 2:
                _answers.Add(answer);
                break;
        }

        _answers.Add(answer);
    }

    private void Answer()
    {
        if (_answers.Count == 0)
            return;
        var at = _random.Next(_answers.Count);
        var answer = _answers[at];
        _answers.RemoveAt(at);
        Tell(answer);
    }

    private void Stream(ModelCell cell)
    {
        if (cell.Change() is { } change)
            _streams[cell.Id].Enqueue(change);
    }

    private void Lose(ModelCell cell)
    {
        switch (_random.Next(5))
        {
            case 4:
                Tell(new BiddingMessage.Silent(cell.Id));
                _streams[cell.Id] = new([cell.Full()]);
                break;
            case 0:
                _time.Advance(TimeSpan.FromSeconds(_random.Next(15)));
                Tell(new BiddingMessage.Tick());
                break;
            case 1:
                Tell(new BiddingMessage.Gone(cell.Id));
                _streams[cell.Id] = new([cell.Full()]);
                break;
            case 2 when _streams[cell.Id].Count > 1:
                _streams[cell.Id].Dequeue();
                break;
            case 3 when _streams[cell.Id].TryPeek(out var again):
                Tell(again);
                break;
        }
    }
}
