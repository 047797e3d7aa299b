using System.Collections.Concurrent;
using System.Text;
using Scheduler.Bbs.Outbound;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Tests.TestKit.Bbs;

/// <summary>Fakes of all clients that a BBS calls; they record calls and fail on demand.</summary>
public sealed class FakeClients
{
    public FakeAuctioneer Auctioneer { get; } = new();

    public FakeReps Reps { get; } = new();

    public FakeCallbacks Callbacks { get; } = new();

    public OutboundClients ToClients() => new(Auctioneer, Reps, Callbacks);
}

public sealed class FakeAuctioneer : IAuctioneerClient
{
    private readonly ConcurrentQueue<string> _starts = new();

    /// <summary>How many of the next requests are refused.</summary>
    public int Refusals { get; set; }

    /// <summary>Whether a request fails in an unexpected way.</summary>
    public bool IsBroken { get; set; }

    public int Requests { get; private set; }

    /// <summary>Every start that was accepted, in order: <c>guid/index</c> of an LRP, or the guid of a task.</summary>
    public IReadOnlyList<string> Starts => [.. _starts];

    /// <summary>The accepted starts that were requested as restarts after a crash.</summary>
    public List<string> Restarts { get; } = [];

    public Task RequestAsync(string url, LRPAuctionsRequest request, CancellationToken cancellationToken)
    {
        Take();
        foreach (var start in request.Requests)
        {
            foreach (var index in start.Indices)
            {
                _starts.Enqueue($"{start.ProcessGuid}/{index}");
                if (start.Restart)
                    Restarts.Add($"{start.ProcessGuid}/{index}");
            }
        }
        return Task.CompletedTask;
    }

    public Task RequestAsync(string url, TaskAuctionsRequest request, CancellationToken cancellationToken)
    {
        Take();
        foreach (var start in request.Requests)
            _starts.Enqueue(start.TaskGuid);
        return Task.CompletedTask;
    }

    private void Take()
    {
        Requests++;
        if (IsBroken)
            throw new InvalidOperationException("broken by the test");
        if (Refusals <= 0)
            return;
        Refusals--;
        throw new DomainError(ErrorKind.Overloaded, "refused by the test").ToException();
    }
}

public sealed class FakeReps : IRepClient
{
    private readonly ConcurrentQueue<string> _calls = new();

    /// <summary>The reply of the reps; null for success.</summary>
    public Func<string, DomainError?> Answer { get; set; } = _ => null;

    /// <summary>All calls, retries included: <c>stop web/0 on http://cell-1:1801</c>.</summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    public ConcurrentQueue<UpdateLRPRequest> Updates { get; } = new();

    public Task StopAsync(string url, StopLRPRequest request, CancellationToken cancellationToken) =>
        Take($"stop {request.ActualLrpKey.ProcessGuid}/{request.ActualLrpKey.Index} on {url}");

    public Task UpdateAsync(string url, UpdateLRPRequest request, CancellationToken cancellationToken)
    {
        Updates.Enqueue(request);
        return Take($"update {request.ActualLrpKey.ProcessGuid}/{request.ActualLrpKey.Index} on {url}");
    }

    public Task CancelAsync(string url, CancelRepTaskRequest request, CancellationToken cancellationToken) =>
        Take($"cancel {request.TaskGuid} on {url}");

    private Task Take(string call)
    {
        _calls.Enqueue(call);
        return Answer(call) is { } error ? Task.FromException(error.ToException()) : Task.CompletedTask;
    }
}

public sealed class FakeCallbacks : ITaskCallbackClient
{
    private readonly ConcurrentQueue<string> _bodies = new();

    public ConcurrentQueue<CallbackOutcome> Outcomes { get; } = new();

    public IReadOnlyList<string> Bodies => [.. _bodies];

    public Task<CallbackOutcome> PostAsync(string url, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        _bodies.Enqueue(Encoding.UTF8.GetString(json.Span));
        return Task.FromResult(Outcomes.TryDequeue(out var outcome) ? outcome : CallbackOutcome.Delivered);
    }
}
