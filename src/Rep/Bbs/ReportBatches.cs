using Scheduler.Contracts.Errors;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Rep.Bbs;

/// <summary>
/// Sends a cell's reports many at a time. A report never waits for others to join it: what comes while calls are in flight goes with the
/// next one, so batches grow with the load and with the BBS's response time. Reports of one call are decided in the order in which they
/// were handed over; the cell has at most one report of a container in flight, so calls need no order.
/// </summary>
/// <param name="send">Sends one batch.</param>
internal sealed class ReportBatches(Func<ReportRequest, Task<ReportResponse>> send)
{
    /// <summary>One call may wait for a commit while the next one is on its way; more would only make the batches smaller.</summary>
    private const int MaxCalls = 2;

    private const int MaxReports = 500;

    /// <summary>A larger report goes alone. Far below what a BBS accepts by default, 4 MiB.</summary>
    private const int MaxBytes = 256 * 1024;

    private readonly Lock _turn = new();
    private readonly Queue<Waiting> _waiting = [];
    private int _calls;

    /// <exception cref="DomainException">The BBS refused the report.</exception>
    public async Task<WorkReportAnswer> AskAsync(WorkReport report, CancellationToken cancellation)
    {
        var waiting = new Waiting(report);
        bool sends;
        lock (_turn)
        {
            _waiting.Enqueue(waiting);
            sends = _calls < MaxCalls;
            if (sends)
                _calls++;
        }

        if (sends)
            _ = SendWaitingAsync();
        using var gone = cancellation.UnsafeRegister(static (who, token) => ((Waiting)who!).Answered.TrySetCanceled(token), waiting);
        var answer = await waiting.Answered.Task;
        return answer.Error is { } error ? throw ErrorMapping.FromMessage(error).ToException() : answer;
    }

    private async Task SendWaitingAsync()
    {
        while (Take() is { Count: > 0 } batch)
            await SendAsync(batch);
    }

    private List<Waiting> Take()
    {
        var batch = new List<Waiting>();
        var bytes = 0;
        lock (_turn)
        {
            while (batch.Count < MaxReports && _waiting.TryPeek(out var next))
            {
                if (next.Answered.Task.IsCompleted)
                {
                    _waiting.Dequeue();
                    continue;
                }

                bytes += next.Report.CalculateSize();
                if (batch.Count > 0 && bytes > MaxBytes)
                    break;
                batch.Add(_waiting.Dequeue());
            }

            if (batch.Count == 0)
                _calls--;
        }

        return batch;
    }

    /// <summary>Never throws: whatever happens, each report is answered.</summary>
    private async Task SendAsync(List<Waiting> batch)
    {
        try
        {
            var request = new ReportRequest();
            foreach (var waiting in batch)
                request.Reports.Add(waiting.Report);
            var response = await send(request);
            if (response.Answers.Count != batch.Count)
                throw new InvalidOperationException($"the BBS answered {response.Answers.Count} of {batch.Count} reports");
            FillIn(batch, response);
            for (var i = 0; i < batch.Count; i++)
                batch[i].Answered.TrySetResult(response.Answers[i]);
        }
        catch (Exception failure)
        {
            foreach (var waiting in batch)
                waiting.Answered.TrySetException(failure);
        }
    }

    /// <summary>The response contains a definition once; give it to each claim that it answers.</summary>
    private static void FillIn(List<Waiting> batch, ReportResponse response)
    {
        var sent = new Dictionary<string, DesiredLRP>(StringComparer.Ordinal);
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i].Report.Claim is not { } claim || response.Answers[i].Claim is not { } answer)
                continue;
            if (answer.DesiredLrp is { } definition)
                sent[claim.ProcessGuid] = definition;
            else if (sent.TryGetValue(claim.ProcessGuid, out var earlier) && Equals(earlier.ModificationTag, answer.CurrentDefinition))
                answer.DesiredLrp = earlier;
        }
    }

    private sealed record Waiting(WorkReport Report)
    {
        public TaskCompletionSource<WorkReportAnswer> Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
