using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Scheduler.Contracts.V1;
using Scheduler.Converger.Bbs;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger.Loop;

/// <summary>A fake BBS that sends the events a test gives it, and records the requests it receives.</summary>
internal sealed class FakeConvergerBbs : IConvergerBbs
{
    private Channel<Event> _stream = Channel.CreateUnbounded<Event>();

    /// <summary>Content of a new snapshot, without the final event.</summary>
    public List<Event> Snapshot { get; } = [];

    public List<FollowRequest> Follows { get; } = [];

    /// <summary>Commands in order of arrival.</summary>
    public List<ConvergenceCommand> Commands { get; } = [];

    public List<int> Batches { get; } = [];

    /// <summary>Refuses the next follow, once.</summary>
    public DomainError? RefuseFollow { get; set; }

    /// <summary>Handler of a call; by default all commands succeed.</summary>
    public Func<ApplyConvergenceRequest, Task<ApplyConvergenceResponse>>? OnApply { get; set; }

    /// <summary>Follows are accepted but nothing is sent, as by a machine that is off.</summary>
    public bool Silent { get; set; }

    /// <summary>Events that the next resumed stream has to catch up on.</summary>
    public List<Event> Missed { get; } = [];

    public List<ReportCellLossRequest> Reports { get; } = [];

    /// <summary>Handler of a report; by default it is accepted, and followers receive the events that the BBS would send.</summary>
    public Func<ReportCellLossRequest, Task>? OnReport { get; set; }

    public ulong Revision { get; private set; } = 1;

    /// <summary>Sends an event on the open stream.</summary>
    public void Tell(Event change)
    {
        change.Revision = ++Revision;
        _stream.Writer.TryWrite(change);
    }

    public void Break(DomainError error) => _stream.Writer.TryComplete(error.ToException());

    public async IAsyncEnumerable<Event> FollowAsync(FollowRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Follows.Add(request);
        if (RefuseFollow is { } refusal)
        {
            RefuseFollow = null;
            throw refusal.ToException();
        }
        _stream = Channel.CreateUnbounded<Event>();
        if (request.Snapshot)
        {
            foreach (var change in Snapshot)
            {
                change.Revision = Revision;
                yield return change;
            }
            yield return new Event { Revision = Revision, SnapshotComplete = new SnapshotCompleteEvent() };
        }
        else if (!Silent)
        {
            yield return new Event { Revision = request.AfterRevision, Heartbeat = new HeartbeatEvent() };
            foreach (var change in Missed)
            {
                change.Revision = ++Revision;
                yield return change;
            }
            Missed.Clear();
        }
        // Not ReadAllAsync: it continues on the thread pool, where virtual time does not see it.
        var reader = _stream.Reader;
        while (await reader.WaitToReadAsync(cancellationToken))
        {
            while (reader.TryRead(out var change))
                yield return change;
        }
    }

    public async Task<ApplyConvergenceResponse> ApplyAsync(ApplyConvergenceRequest request, CancellationToken cancellationToken)
    {
        Batches.Add(request.Commands.Count);
        if (OnApply is { } answer)
            return await answer(request).WaitAsync(cancellationToken);
        Commands.AddRange(request.Commands);
        return Done(request);
    }

    public Task ReportCellLossAsync(ReportCellLossRequest request, CancellationToken cancellationToken)
    {
        Reports.Add(request);
        if (OnReport is { } answer)
            return answer(request);
        foreach (var cell in request.LostCellIds)
            Tell(Told.Absent(cell, AbsentCell.Types.Verdict.None, lost: true));
        Tell(new Event { CellLossChanged = new CellLossChangedEvent { Loss = request.Loss } });
        return Task.CompletedTask;
    }

    public static ApplyConvergenceResponse Done(ApplyConvergenceRequest request)
    {
        var response = new ApplyConvergenceResponse();
        foreach (var _ in request.Commands)
            response.Results.Add(new ConvergenceResult());
        return response;
    }
}
