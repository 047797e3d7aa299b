using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Converger.Bbs;
using Scheduler.Converger.Model;
using Scheduler.Converger.Rules.Cells;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Loop;

/// <summary>
/// Reporter of how absent cells are given up, for operators to see. It compares the current state with the report that the BBS holds
/// according to the event stream. A report that was lost or came from a previous leader is therefore corrected like any other difference.
/// </summary>
internal sealed class LossReporter(IConvergerBbs bbs, ConvergerOptions options, ILogger logger)
{
    // Operators need no finer resolution, and each report is a commit.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly List<CellId> _untold = [];
    private Task? _call;
    private ReportCellLossRequest? _sent;
    private DateTimeOffset _sentAt;
    private DateTimeOffset _notBefore;

    /// <summary>The call in flight, to await.</summary>
    public Task? Call => _call;

    /// <summary>When a pending report may be sent; null when none is pending.</summary>
    public DateTimeOffset? NextDue { get; private set; }

    public void GivenUp(CellId cell) => _untold.Add(cell);

    /// <summary>Takes the answer of a completed call, and starts the next if there is something to report.</summary>
    public async Task TurnAsync(ClusterModel model, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await TakeAnswerAsync(now);
        NextDue = null;
        _untold.RemoveAll(cell => !IsUntold(cell, model));
        var report = LossReport.Of(model.Cells, options.PacedCellsPerSecond);
        if (_call is not null || (_untold.Count == 0 && report == model.AbsentCells.Told))
            return;
        var request = new ReportCellLossRequest { Loss = LossReader.Write(report), LostCellIds = { _untold.Select(cell => cell.Value) } };
        // A repeated request without visible effect is still on its way, or changed nothing at the BBS.
        var due = request.Equals(_sent) ? _sentAt + options.RepeatAfter : _notBefore;
        if (due > now)
        {
            NextDue = due;
            return;
        }
        (_sent, _sentAt, _notBefore) = (request, now, now + Interval);
        _call = bbs.ReportCellLossAsync(request, cancellationToken);
    }

    /// <summary>Ends the call in flight; its report is sent again on the next stream.</summary>
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
