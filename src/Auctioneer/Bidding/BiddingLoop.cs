using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Auction;
using Scheduler.Auctioneer.Recording;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>
/// The one reader of everything that reaches the auctioneer, and the only one that touches the auction's engine: no locks.
/// It takes what is waiting when it comes round, so one start on a quiet system is decided at once and a flood in large
/// batches.
/// </summary>
internal sealed class BiddingLoop(
    AuctionEngine engine,
    ChannelReader<BiddingMessage> messages,
    IBiddingPorts ports,
    AuctioneerOptions options,
    TimeProvider time,
    ILogger<BiddingLoop> logger,
    AuctionRecorder? recorder = null)
{
    private readonly List<WorkItem> _waiting = [];
    private readonly HashSet<string> _waitingIds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, InFlightWork> _inFlight = new(StringComparer.Ordinal);
    private readonly Queue<InFlightWork> _byAge = new();
    private readonly Dictionary<CellId, List<WorkItem>> _won = [];
    private readonly HashSet<CellId> _reported = [];
    private readonly DecisionMemory _memory = new(options.RememberedDecisions);
    private readonly RefusalExplanations _refusals = new(engine, options.ExplainedRefusalsPerSecond, time);
    private HashSet<CellId>? _expected;
    private long _expectedSince;

    /// <summary>What producers ask before they send work.</summary>
    public WorkAdmission Admission { get; } = new(options.MaxWaitingWork);

    /// <summary>Work that waits for its decision.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Messages that wait for the loop.</summary>
    public int Queued => messages.Count;

    /// <summary>Work that a cell has won and not answered for.</summary>
    public int InFlight => _inFlight.Count;

    public async Task RunAsync(CancellationToken stopping)
    {
        while (await messages.WaitToReadAsync(stopping))
            RunOnce();
    }

    /// <summary>Takes the messages that are there, then holds one auction over what waits.</summary>
    public void RunOnce()
    {
        recorder?.BeginIfDue(engine);
        // No more than the queue holds at once: writers that keep up with this must not put the auction off for ever.
        for (var i = 0; i < options.QueueLength && messages.TryRead(out var message); i++)
            Take(message);
        Admission.Waits(_waiting.Count);
        if (_expected is { Count: 0 } && _waiting.Count > 0)
            HoldAuction();
    }

    private void Take(BiddingMessage message)
    {
        switch (message)
        {
            case BiddingMessage.Offer offer:
                Admission.Leave(offer.Admitted);
                foreach (var work in offer.Work)
                    Offer(work);
                break;
            case BiddingMessage.Report report:
                TakeReport(report);
                break;
            case BiddingMessage.Change change:
                TakeChange(change.State);
                break;
            case BiddingMessage.Gone gone:
                TakeGone(gone.Cell);
                break;
            case BiddingMessage.Answer answer:
                TakeAnswer(answer);
                break;
            case BiddingMessage.Unanswered unanswered:
                foreach (var work in unanswered.Sent)
                    if (FindOn(unanswered.Cell, work) is { } inFlight)
                        inFlight.IsOutcomeUnknown = true;
                break;
            case BiddingMessage.Expected expected:
                _expected = [.. expected.Cells.Where(cell => !_reported.Contains(cell))];
                _expectedSince = time.GetTimestamp();
                break;
            case BiddingMessage.Look look:
                // The fork is all that the loop does for it; the work on it is the asker's.
                look.Reply.TrySetResult(new AuctionLook(engine.Fork(), look.Guid is null ? null : _memory.Find(look.Guid, look.Index)));
                break;
            case BiddingMessage.Tick:
                LapseOverdue();
                GiveUpExpected();
                break;
        }
    }

    /// <summary>An auction that is under way already is not held twice; the first one wins, as in Diego's batches.</summary>
    private void Offer(WorkItem work)
    {
        if (!_inFlight.ContainsKey(work.AuctionId) && _waitingIds.Add(work.AuctionId))
            _waiting.Add(work);
    }

    private void TakeReport(BiddingMessage.Report report)
    {
        recorder?.Note(InputLogEntry.Of(report.State));
        if (engine.Apply(report.State) is { } refused)
        {
            logger.ReportRefused(report.State.Cell, refused.Message);
            return;
        }

        _reported.Add(report.State.Cell);
        _expected?.Remove(report.State.Cell);

        // A whole state settles what a broken call left open.
        List<InFlightWork>? open = null;
        foreach (var work in _inFlight.Values)
            if (work.IsOutcomeUnknown && work.Cell == report.State.Cell)
                (open ??= []).Add(work);
        foreach (var work in open ?? [])
        {
            _inFlight.Remove(work.Work.AuctionId);
            if (report.Held.Contains(work.Work.AuctionId))
                Confirm(work, report.State.Incarnation, report.State.Revision);
            else
                Reauction(work, "the cell did not get the work");
        }
    }

    private void TakeChange(CellChange change)
    {
        recorder?.Note(InputLogEntry.Of(change));
        if (engine.Apply(change) is not { } refused)
            return;
        logger.ReportRefused(change.Cell, refused.Message);
        ports.Resynchronize(change.Cell);
    }

    private void TakeGone(CellId cell)
    {
        recorder?.Note(InputLogEntry.Removed(cell));
        engine.Remove(cell);
        _reported.Remove(cell);
        _expected?.Remove(cell);
        foreach (var work in _inFlight.Values.Where(work => work.Cell == cell).ToList())
        {
            _inFlight.Remove(work.Work.AuctionId);
            Offer(work.Work);
        }
    }

    private void TakeAnswer(BiddingMessage.Answer answer)
    {
        foreach (var work in answer.Sent)
        {
            if (FindOn(answer.Cell, work) is not { } inFlight)
                continue;
            _inFlight.Remove(work.AuctionId);
            if (answer.Refused.TryGetValue(work.AuctionId, out var reason))
                Reauction(inFlight, reason);
            else
                Confirm(inFlight, answer.Incarnation, answer.Revision);
        }
    }

    private InFlightWork? FindOn(CellId cell, WorkItem work) =>
        _inFlight.TryGetValue(work.AuctionId, out var inFlight) && inFlight.Cell == cell ? inFlight : null;

    private void Confirm(InFlightWork taken, long incarnation, long revision)
    {
        recorder?.Note(InputLogEntry.Confirmed(taken.Reservation, incarnation, revision));
        engine.Confirm(taken.Reservation, incarnation, revision);
        (taken.Work.Kind == WorkKind.Lrp ? AuctioneerMetrics.LrpAuctionsStarted : AuctioneerMetrics.TaskAuctionsStarted).Add(1);
    }

    private void Reauction(InFlightWork refused, string reason)
    {
        recorder?.Note(InputLogEntry.Refused(refused.Reservation));
        engine.Refuse(refused.Reservation);
        AuctioneerMetrics.Refused.Add(1);
        var again = refused.Work with { Reauctions = refused.Work.Reauctions + 1, LastRefusal = reason };
        if (again.Reauctions <= options.MaxReauctions)
        {
            Offer(again);
            return;
        }

        _memory.Remember(new RememberedDecision(again, new PlacementResult { Error = reason }, time.GetUtcNow(), null));
        Fail(again, reason);
    }

    private void LapseOverdue()
    {
        while (_byAge.TryPeek(out var oldest))
        {
            var isSettled = !_inFlight.TryGetValue(oldest.Work.AuctionId, out var current) || !ReferenceEquals(current, oldest);
            if (!isSettled && time.GetElapsedTime(oldest.SentAt) < options.ReservationTimeout)
                return;
            _byAge.Dequeue();
            if (isSettled)
                continue;
            _inFlight.Remove(oldest.Work.AuctionId);
            recorder?.Note(InputLogEntry.Lapsed(oldest.Reservation));
            engine.Lapse(oldest.Reservation);
            logger.ReservationLapsed(oldest.Work.AuctionId, oldest.Cell, options.ReservationTimeout);
            Offer(oldest.Work);
        }
    }

    private void GiveUpExpected()
    {
        if (_expected is not { Count: > 0 } || time.GetElapsedTime(_expectedSince) < options.FirstReportsTimeout)
            return;
        logger.NotAllReported(_expected.Count, options.FirstReportsTimeout);
        _expected.Clear();
    }

    private void HoldAuction()
    {
        var began = time.GetTimestamp();
        var placed = 0;
        var asks = new PlacementAsk[_waiting.Count];
        for (var i = 0; i < asks.Length; i++)
            asks[i] = _waiting[i].AskOf(engine);
        var order = new int[asks.Length];
        AuctionOrder.Arrange(asks, order);
        var now = time.GetUtcNow();
        _refusals.BeginAuction();
        foreach (var position in order)
        {
            var work = _waiting[position];
            var result = engine.Place(asks[position]);
            recorder?.Note(InputLogEntry.Of(asks[position], result));
            _memory.Remember(new RememberedDecision(work, result, now, result.Placed ? null : _refusals.Explain(asks[position])));
            if (!result.Placed)
            {
                Fail(work, result.Error!);
                continue;
            }

            placed++;
            var inFlight = new InFlightWork(work, result.Cell, result.Reservation, time.GetTimestamp());
            _inFlight[work.AuctionId] = inFlight;
            _byAge.Enqueue(inFlight);
            if (!_won.TryGetValue(result.Cell, out var list))
                _won[result.Cell] = list = [];
            list.Add(work);
        }

        logger.AuctionHeld(placed, _waiting.Count, engine.UsableCellCount);
        _waiting.Clear();
        _waitingIds.Clear();
        Admission.Waits(0);
        foreach (var (cell, work) in _won)
            ports.Send(cell, work);
        _won.Clear();
        AuctioneerMetrics.AuctionSeconds.Record(time.GetElapsedTime(began).TotalSeconds);
    }

    private void Fail(WorkItem work, string placementError)
    {
        (work.Kind == WorkKind.Lrp ? AuctioneerMetrics.LrpAuctionsFailed : AuctioneerMetrics.TaskAuctionsFailed).Add(1);
        ports.ReportFailure(work, placementError);
    }
}
