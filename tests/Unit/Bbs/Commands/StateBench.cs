using Microsoft.Extensions.Time.Testing;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Commands.Cells;
using Scheduler.Bbs.Commands.Convergence;
using Scheduler.Bbs.Loop;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Bbs.Commands;

/// <summary>Applies commands one by one to a state in memory, as the loop would, and keeps what came of each.</summary>
internal sealed class StateBench
{
    private int _guids;

    public StateBench() => Presences = new PresenceClock(Time);

    public FakeTimeProvider Time { get; } = new();

    public PresenceClock Presences { get; }

    public BbsState State { get; private set; } = BbsState.Empty;

    /// <summary>Of the last command.</summary>
    public IReadOnlyList<Event> Events { get; private set; } = [];

    public IReadOnlyList<FollowUp> FollowUps { get; private set; } = [];

    public CommitBatch? Batch { get; private set; }

    public Action AfterCommand { get; set; } = () => { };

    public Result<T> Try<T>(Command<T> command)
    {
        var decision = new Decision(new WorkingState(State), Time.GetUtcNow(), () => $"guid-{++_guids}", Presences);
        decision.Begin("");
        var result = command.Decide(decision);
        decision.End();
        (Events, FollowUps) = (decision.Events, decision.FollowUps);
        Batch = decision.State.ChangeCount > 0 ? decision.State.ToBatch(1) : null;
        if (Batch is not null)
            State = decision.State.ToState();
        if (!result.Ok)
        {
            // A refusal leaves everything as it was.
            Assert.Null(Batch);
            Assert.Empty(Events);
            Assert.Empty(FollowUps);
        }
        AfterCommand();
        return result;
    }

    public T Do<T>(Command<T> command) => Try(command).Value;

    public ErrorKind? Refusal<T>(Command<T> command)
    {
        var result = Try(command);
        return result.Ok ? null : result.Error.Kind;
    }

    public ActualLRP? Row(string processGuid, int index = 0, LrpPresence presence = LrpPresence.Ordinary) =>
        State.Find(new ActualLrpRowKey(processGuid, index, presence));

    public void Cell(string cellId) => Do(new AnnounceCell(new CellRow(A.Cell(cellId), $"run-of-{cellId}", 15_000)));

    /// <summary>As the loop does when the presence has run out.</summary>
    public void LoseCell(string cellId)
    {
        Time.Advance(TimeSpan.FromSeconds(16));
        Do(new ExpireCell(cellId));
    }

    /// <summary>As the converger does with an instance of a lost cell.</summary>
    public void Suspect(string processGuid, int index = 0) =>
        Assert.Null(Repair(new ConvergenceCommand { Suspect = Version(processGuid, index) }));

    /// <summary>What the one repair answered; null for done.</summary>
    public ErrorKind? Repair(ConvergenceCommand command)
    {
        var response = Do(new ApplyConvergence(new ApplyConvergenceRequest { Commands = { command } }));
        return Assert.Single(response.Results).Error is { } error ? (ErrorKind)error.Type : null;
    }

    public LRPVersion Version(string processGuid, int index = 0, LrpPresence presence = LrpPresence.Ordinary)
    {
        var row = Row(processGuid, index, presence)!;
        return new LRPVersion
        {
            ActualLrpKey = row.ActualLrpKey,
            ActualLrpInstanceKey = row.ActualLrpInstanceKey,
            Epoch = row.ModificationTag.Epoch,
            Index = row.ModificationTag.Index,
        };
    }

    /// <summary>The events of the last command, in short.</summary>
    public string[] EventNames() => [.. Events.Select(Describe)];

    private static string Describe(Event @event) =>
        @event.PayloadCase switch
        {
            Event.PayloadOneofCase.ActualLrpInstanceCreated => $"created {Describe(@event.ActualLrpInstanceCreated.ActualLrp)}",
            Event.PayloadOneofCase.ActualLrpInstanceRemoved => $"removed {Describe(@event.ActualLrpInstanceRemoved.ActualLrp)}",
            Event.PayloadOneofCase.ActualLrpInstanceChanged =>
                $"changed {Describe(@event.ActualLrpInstanceChanged.Before)} -> {Describe(@event.ActualLrpInstanceChanged.After)}",
            Event.PayloadOneofCase.ActualLrpCrashed => $"crashed {@event.ActualLrpCrashed.CrashCount}",
            _ => @event.PayloadCase.ToString(),
        };

    private static string Describe(ActualLRP row) => Describe(row.State, row.Presence);

    private static string Describe(ActualLRPInfo row) => Describe(row.State, row.Presence);

    private static string Describe(string state, ActualLRP.Types.Presence presence) =>
        presence == ActualLRP.Types.Presence.Ordinary ? state : $"{state}/{presence}";
}
