using Scheduler.Bbs.Commands;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Loop;

/// <summary>
/// Commands that become durable in one commit. Each is decided when it is added, on the state that those before it leave. The state from
/// which the batch begins may itself still be on its way to the store.
/// </summary>
internal sealed class Batch(BbsState before, CommandLoopParts parts, IPresenceClock presences)
{
    private readonly List<Command> _commands = [];
    private Decision _decision = NewDecision(before, parts, presences);

    public IReadOnlyList<Command> Commands => _commands;

    public Decision Decision => _decision;

    public int ChangeCount => _decision.State.ChangeCount;

    /// <summary>The state when this batch is committed. Set by <see cref="Seal"/>.</summary>
    public BbsState? After { get; private set; }

    /// <summary>Decides the command. One that throws fails, and leaves the batch as it was.</summary>
    public void Add(Command command)
    {
        if (TryDecide(command))
        {
            _commands.Add(command);
            return;
        }

        // It may have left half of its changes behind: drop them with the working state and decide the others again.
        var others = _commands.ToArray();
        _commands.Clear();
        _decision = NewDecision(before, parts, presences);
        foreach (var other in others)
            Add(other);
    }

    /// <summary>No command may be added any more.</summary>
    public void Seal() => After = _decision.State.ToState();

    public void Answer()
    {
        foreach (var command in _commands)
            command.Answer();
    }

    public void Fail(Exception why)
    {
        foreach (var command in _commands)
            command.Fail(why);
    }

    private bool TryDecide(Command command)
    {
        try
        {
            _decision.Begin(command.TraceId, parts.Time.GetUtcNow());
            command.Run(_decision);
            _decision.End();
            return true;
        }
        catch (Exception e)
        {
            parts.Logger.CommandThrew(e, command.GetType().Name);
            command.Fail(
                new DomainException(
                    new DomainError(ErrorKind.Unknown, "the BBS failed to process this request; see its log for the cause"),
                    e
                )
            );
            return false;
        }
    }

    private static Decision NewDecision(BbsState before, CommandLoopParts parts, IPresenceClock presences) =>
        new(new WorkingState(before), parts.Time.GetUtcNow(), parts.NewGuid, presences);
}
