using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Recording;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>
/// The single reader of everything that reaches the auctioneer, and the only user of the auction's engine, so there are no locks. Each
/// iteration takes what is waiting: a single start on a quiet system is decided at once, a flood in batches of bounded size, to which
/// processes contribute in turn.
/// </summary>
internal sealed class BiddingLoop(
    AuctionEngine engine,
    ChannelReader<BiddingMessage> messages,
    IBiddingPorts ports,
    AuctioneerOptions options,
    TimeProvider time,
    ILogger<BiddingLoop> logger,
    AuctionRecorder? recorder = null
)
{
    // Minimum pause while many cells have waiting work, each with its own due times.
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(10);

    // If more than one in this many cells fails to answer, a network failure is more likely, and quarantining half a fleet would not help.
    private const int OneCellIn = 4;

    private readonly FairQueue<WorkItem> _waiting = new();
    private readonly HashSet<string> _waitingIds = new(StringComparer.Ordinal);
    private readonly List<WorkItem> _batch = [];
    private readonly Dictionary<string, InFlightWork> _inFlight = new(StringComparer.Ordinal);
    private readonly Queue<InFlightWork> _byAge = new();
    private readonly WorkDispatcher _dispatcher = new(StartLimit.Of(options.StartsPerCellPerSecond, options.StartBurstPerCell));
    private readonly long _began = time.GetTimestamp();
    private readonly HashSet<CellId> _reported = [];
    private readonly DecisionMemory _memory = new(options.RememberedDecisions);
    private readonly RefusalExplanations _refusals = new(engine, options.ExplainedRefusalsPerSecond, time);
    private readonly Quarantine _quarantine = new(options.QuarantineMin, options.QuarantineMax);
    private HashSet<CellId>? _expected;
    private long _expectedSince;

    /// <summary>Producers call this before they send work.</summary>
    public WorkAdmission Admission { get; } = new(options.MaxWaitingWork);

    /// <summary>Work that waits for a decision.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Messages that wait for the loop.</summary>
    public int Queued => messages.Count;

    /// <summary>Work that a cell has won and not answered for.</summary>
    public int InFlight => _inFlight.Count;

    /// <summary>Work that a cell has won and that waits for its turn to be handed over.</summary>
    public int Paced => _dispatcher.Waiting;

    /// <summary>Cells that take work.</summary>
    public int UsableCells => engine.UsableCellCount;

    /// <summary>Cells in quarantine because they do not answer for work.</summary>
    public int InQuarantine => _quarantine.Count;

    /// <param name="own">The writing end of the loop's own queue, for its timer.</param>
    public async Task RunAsync(ChannelWriter<BiddingMessage> own, CancellationToken stopping)
    {
        // If the queue is full, the lost tick does not matter: the loop runs anyway.
        using var alarm = time.CreateTimer(
            static own => ((ChannelWriter<BiddingMessage>)own!).TryWrite(new BiddingMessage.Tick()),
            own,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        while (await messages.WaitToReadAsync(stopping))
        {
            var again = RunOnce();
            while (again == TimeSpan.Zero)
            {
                await Task.Yield();
                stopping.ThrowIfCancellationRequested();
                again = RunOnce();
            }

            // Timers truncate to whole milliseconds; round up.
            if (again is { } pause)
                alarm.Change(TimeSpan.FromMilliseconds(Math.Ceiling(pause.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Takes the waiting messages, holds one auction over the waiting work, and hands over what cells may receive now.</summary>
    /// <returns>Time until the next call if no message arrives, 0 for at once; null to wait for a message.</returns>
    public TimeSpan? RunOnce()
    {
        recorder?.BeginIfDue(engine);
        // At most one queue length: writers that keep up with this loop must not postpone the auction forever.
        for (var i = 0; i < options.QueueLength && messages.TryRead(out var message); i++)
            Take(message);
        Admission.Waits(_waiting.Count);
        var mayDecide = _expected is { Count: 0 };
        if (mayDecide && _waiting.Count > 0)
            HoldAuction();
        var now = Now();
        var due = _dispatcher.Collect(now, HandOver);
        if (mayDecide && _waiting.Count > 0)
            return TimeSpan.Zero;
        return due is { } at ? Max(TimeSpan.FromTicks(at - now), LeastPause) : null;
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
            case BiddingMessage.Silent silent:
                TakeSilence(silent.Cell);
                break;
            case BiddingMessage.Gone gone:
                TakeGone(gone.Cell);
                break;
            case BiddingMessage.Answer answer:
                TakeAnswer(answer);
                break;
            case BiddingMessage.Unanswered unanswered:
                TakeUnanswered(unanswered);
                break;
            case BiddingMessage.Expected expected:
                _expected = [.. expected.Cells.Where(cell => !_reported.Contains(cell))];
                _expectedSince = time.GetTimestamp();
                break;
            case BiddingMessage.Look look:
                // The loop only forks; the caller does the work on the fork.
                look.Reply.TrySetResult(
                    new AuctionLook(
                        engine.Fork(),
                        look.Guid is null ? null : _memory.Find(look.Guid, look.Index),
                        AheadOf(look.Guid, look.Index)
                    )
                );
                break;
            case BiddingMessage.Tick:
                LapseOverdue();
                GiveUpExpected();
                // Their next full state shows whether they are healthy.
                foreach (var cell in _quarantine.Release(Now()))
                    ports.Resynchronize(cell);
                _dispatcher.Purge(Now());
                break;
        }
    }

    /// <summary>Work that is already being auctioned is not added again; the first request wins, as in Diego's batches.</summary>
    private void Offer(WorkItem work)
    {
        if (!_inFlight.ContainsKey(work.AuctionId) && _waitingIds.Add(work.AuctionId))
            _waiting.Add(work.Guid, work.IsRestart, work);
    }

    private void Settle(InFlightWork work)
    {
        _inFlight.Remove(work.Work.AuctionId);
        _dispatcher.Settle(work);
    }

    private void TakeReport(BiddingMessage.Report report)
    {
        var state = _quarantine.Holds(report.State.Cell) ? report.State with { Healthy = false } : report.State;
        recorder?.Note(InputLogEntry.Of(state));
        if (engine.Apply(state) is { } refused)
        {
            logger.ReportRefused(report.State.Cell, refused.Message);
            return;
        }

        _reported.Add(report.State.Cell);
        _expected?.Remove(report.State.Cell);

        // A full state settles what a broken call left open.
        List<InFlightWork>? open = null;
        foreach (var work in _inFlight.Values)
            if (work.IsOutcomeUnknown && work.Cell == report.State.Cell)
                (open ??= []).Add(work);
        foreach (var work in open ?? [])
        {
            Settle(work);
            if (report.Held.Contains(work.Work.AuctionId))
                Confirm(work, report.State.Incarnation, report.State.Revision);
            else
                Reauction(work, "the cell did not get the work");
        }
    }

    private void TakeChange(CellChange change)
    {
        if (_quarantine.Holds(change.Cell))
            change = change with { Healthy = false };
        recorder?.Note(InputLogEntry.Of(change));
        if (engine.Apply(change) is not { } refused)
            return;
        logger.ReportRefused(change.Cell, refused.Message);
        ports.Resynchronize(change.Cell);
    }

    /// <summary>
    /// An unreachable cell does not bid, as in Diego: work that it won would wait until its presence expires. Its work in flight stays so,
    /// because it may have arrived.
    /// </summary>
    private void TakeSilence(CellId cell)
    {
        // Its failing calls say nothing more about it.
        _quarantine.Forget(cell);
        LeaveOut(cell);
    }

    private void LeaveOut(CellId cell)
    {
        if (engine.LastReport(cell) is not { Healthy: true } last)
            return;
        // As if the cell had reported it: recorded and replayed like any report, and undone by its next healthy report.
        var unwell = last with
        {
            Healthy = false,
        };
        recorder?.Note(InputLogEntry.Of(unwell));
        engine.Apply(unwell);
    }

    /// <summary>The cell's next full state shows whether it has the work, so it is requested at once.</summary>
    private void TakeUnanswered(BiddingMessage.Unanswered unanswered)
    {
        var heldUp = false;
        foreach (var work in unanswered.Sent)
        {
            if (FindOn(unanswered.Cell, work) is not { SentAt: { } sentAt } inFlight)
                continue;
            inFlight.IsOutcomeUnknown = true;
            heldUp |= time.GetElapsedTime(sentAt) >= options.ReservationTimeout / 2;
        }

        Quarantine(unanswered.Cell, heldUp);
        ports.Resynchronize(unanswered.Cell);
    }

    private void Quarantine(CellId cell, bool heldUp)
    {
        // A cell that does not bid anyway, because its stream is broken or it reports itself unhealthy, is not blamed twice.
        if (engine.LastReport(cell) is not { Healthy: true } || !_quarantine.Fails(cell, heldUp, Now()))
            return;
        if (engine.UsableCellCount <= 1 || (_quarantine.Count + 1) * OneCellIn > Math.Max(engine.CellCount, OneCellIn))
            return;
        logger.Quarantined(cell, _quarantine.Begin(cell, Now()));
        LeaveOut(cell);
    }

    private void TakeGone(CellId cell)
    {
        recorder?.Note(InputLogEntry.Removed(cell));
        engine.Remove(cell);
        _quarantine.Forget(cell);
        _reported.Remove(cell);
        _expected?.Remove(cell);
        foreach (var work in _inFlight.Values.Where(work => work.Cell == cell).ToList())
        {
            Settle(work);
            Offer(work.Work);
        }

        _dispatcher.Leave(cell);
    }

    private void TakeAnswer(BiddingMessage.Answer answer)
    {
        var wasLeftOut = _quarantine.Holds(answer.Cell);
        _quarantine.Forget(answer.Cell);
        foreach (var work in answer.Sent)
        {
            if (FindOn(answer.Cell, work) is not { } inFlight)
                continue;
            Settle(inFlight);
            if (answer.Refused.TryGetValue(work.AuctionId, out var reason))
                Reauction(inFlight, reason);
            else
                Confirm(inFlight, answer.Incarnation, answer.Revision);
        }

        // Its next full state shows whether it is healthy; without a request, none might arrive for a long time.
        if (wasLeftOut)
            ports.Resynchronize(answer.Cell);
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
        HashSet<CellId>? silent = null;
        while (
            _byAge.TryPeek(out var oldest) && (oldest.IsSettled || time.GetElapsedTime(oldest.SentAt!.Value) >= options.ReservationTimeout)
        )
        {
            _byAge.Dequeue();
            if (oldest.IsSettled)
                continue;
            logger.ReservationLapsed(oldest.Work.AuctionId, oldest.Cell, options.ReservationTimeout);
            Lapse(oldest);
            (silent ??= []).Add(oldest.Cell);
        }

        if (silent is null)
            return;
        // Work waiting for its turn at a cell that does not answer is auctioned again with the rest; otherwise it would lapse one burst at
        // a time.
        foreach (var work in _inFlight.Values.Where(work => work.SentAt is null && silent.Contains(work.Cell)).ToList())
            Lapse(work);
        foreach (var cell in silent)
            Quarantine(cell, heldUp: true);
    }

    private void Lapse(InFlightWork work)
    {
        Settle(work);
        recorder?.Note(InputLogEntry.Lapsed(work.Reservation));
        engine.Lapse(work.Reservation);
        Offer(work.Work);
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
        while (_batch.Count < options.MaxAuctionBatch && _waiting.TryTake(out var next))
        {
            _batch.Add(next);
            _waitingIds.Remove(next.AuctionId);
        }

        var asks = new PlacementAsk[_batch.Count];
        for (var i = 0; i < asks.Length; i++)
            asks[i] = _batch[i].AskOf(engine);
        var order = new int[asks.Length];
        AuctionOrder.Arrange(asks, order);
        var now = time.GetUtcNow();
        _refusals.BeginAuction();
        foreach (var position in order)
        {
            var work = _batch[position];
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
            _dispatcher.Add(inFlight);
        }

        logger.AuctionHeld(placed, _batch.Count, engine.UsableCellCount);
        _batch.Clear();
        Admission.Waits(_waiting.Count);
        AuctioneerMetrics.AuctionSeconds.Record(time.GetElapsedTime(began).TotalSeconds);
    }

    private void HandOver(CellId cell, List<InFlightWork> batch)
    {
        var now = time.GetTimestamp();
        var work = new WorkItem[batch.Count];
        for (var i = 0; i < work.Length; i++)
        {
            var next = batch[i];
            next.SentAt = now;
            _byAge.Enqueue(next);
            work[i] = next.Work;
            AuctioneerMetrics.HandOverDelay.Record(time.GetElapsedTime(next.WonAt, now).TotalSeconds);
        }

        ports.Send(cell, work);
    }

    /// <summary>How many starts wait for their turn at the cell that won this work; 0 if the work itself does not wait.</summary>
    private int AheadOf(string? guid, int index) =>
        guid is not null
        && (_inFlight.GetValueOrDefault(new LrpKey(guid, index).ToString()) ?? _inFlight.GetValueOrDefault(guid)) is { SentAt: null } work
            ? _dispatcher.WaitingAt(work.Cell)
            : 0;

    /// <summary>Ticks since the loop was created.</summary>
    private long Now() => time.GetElapsedTime(_began).Ticks;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private void Fail(WorkItem work, string placementError)
    {
        (work.Kind == WorkKind.Lrp ? AuctioneerMetrics.LrpAuctionsFailed : AuctioneerMetrics.TaskAuctionsFailed).Add(1);
        ports.ReportFailure(work, placementError);
    }
}
