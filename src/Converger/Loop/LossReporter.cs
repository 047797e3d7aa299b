using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Converger.Bbs;
using Scheduler.Converger.Model;
using Scheduler.Converger.Rules.Cells;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Loop;

/// <summary>
/// Has the BBS know how absent cells are given up, so that operators see it. Compares what is with what the event stream
/// shows that the BBS holds, so a report that got lost, or was a predecessor's, is mended like any other difference.
/// </summary>
internal sealed class LossReporter(IConvergerBbs bbs, ConvergerOptions options, ILogger logger)
{
    // Numbers that people read need no more, and each report is a commit.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly List<CellId> _untold = [];
    private Task? _call;
    private ReportCellLossRequest? _sent;
    private DateTimeOffset _sentAt;
    private DateTimeOffset _notBefore;

    /// <summary>The call under way, to wait for.</summary>
    public Task? Call => _call;

    /// <summary>When something is to be told that may not be told yet.</summary>
    public DateTimeOffset? NextDue { get; private set; }

    public void GivenUp(CellId cell) => _untold.Add(cell);

    /// <summary>Takes the answer of a call that has ended, and begins the next if there is something to tell.</summary>
    public async Task TurnAsync(ClusterModel model, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await TakeAnswerAsync(now);
        NextDue = null;
        _untold.RemoveAll(cell => !IsUntold(cell, model));
        var report = LossReport.Of(model.Cells, options.PacedCellsPerSecond);
        if (_call is not null || (_untold.Count == 0 && report == model.AbsentCells.Told))
            return;
        var request = new ReportCellLossRequest { Loss = LossReader.Write(report), LostCellIds = { _untold.Select(cell => cell.Value) } };
        // What was said and shows no effect is on its way, or made no difference to the BBS.
        var due = request.Equals(_sent) ? _sentAt + options.RepeatAfter : _notBefore;
        if (due > now)
        {
            NextDue = due;
            return;
        }
        (_sent, _sentAt, _notBefore) = (request, now, now + Interval);
        _call = bbs.ReportCellLossAsync(request, cancellationToken);
    }

    /// <summary>Ends the call under way; what it was to tell is told again on the next stream.</summary>
    public async Task DropAsync()
    {
        _sent = null;
        NextDue = null;
        if (_call is not { } call)
            return;
        _call = null;
        await call.Ended();
    }

    private async Task TakeAnswerAsync(DateTimeOffset now)
    {
        if (_call is not { IsCompleted: true } call)
            return;
        _call = null;
        try
        {
            await call;
        }
        catch (DomainException failure)
        {
            _sent = null;
            _notBefore = now + options.RetryPause;
            logger.LossNotReported(failure.Message);
        }
    }

    private static bool IsUntold(CellId cell, ClusterModel model) =>
        model.Cells.Standings.GetValueOrDefault(cell) == CellStanding.Lost && model.HasWork(cell) && !model.AbsentCells.IsToldLost(cell);
}
