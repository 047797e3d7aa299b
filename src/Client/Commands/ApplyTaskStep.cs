using System.CommandLine;
using Scheduler.Client.Apply;
using Scheduler.Client.Output;
using Scheduler.Models;

namespace Scheduler.Client.Commands;

/// <summary>Creates a task, or finds that there is the same one. A task runs once, so it never changes.</summary>
internal sealed class ApplyTaskStep : ApplyStep
{
    private const int NamedFields = 5;

    private readonly WantedTask _wanted;
    private readonly OneOffTask? _current;
    private readonly IReadOnlyList<string> _fields;
    private readonly WaitFlags _wait;

    /// <param name="current">What there is; null to create it.</param>
    public ApplyTaskStep(WantedTask wanted, OneOffTask? current, WaitFlags wait)
    {
        (_current, _wait) = (current, wait);
        _wanted = current is null ? wanted : wanted.WithCredentialsOf(current);
        _fields = current is null ? [] : TaskDiff.Fields(current, _wanted.Task);
    }

    public override WantedWork Wanted => _wanted;

    public override bool IsNone => _current is not null && _fields.Count == 0;

    public override string Intent =>
        _current is null ? "would be created"
        : IsNone ? "unchanged"
        : "would be refused, because it exists and a task cannot change";

    public override IReadOnlyList<string> Diff() => IsNone ? [] : TaskDiff.Lines(_current, _wanted.Task);

    public override void EnsurePossible()
    {
        if (_fields.Count == 0)
            return;
        var more = _fields.Count - NamedFields;
        var named = string.Join(", ", _fields.Take(NamedFields)) + (more > 0 ? $" and {more} more" : "");
        throw DomainError
            .Invalid(
                $"{_wanted.Source}: {_wanted.Title}",
                $"exists with another definition and cannot change; different: {named}. "
                    + $"Choose another name, or remove it with scheduler task delete {_wanted.Name}"
            )
            .ToException();
    }

    public override async Task<string> ApplyAsync(
        ClientSession session,
        Printer printer,
        ParseResult parsed,
        CancellationToken cancellationToken
    )
    {
        if (IsNone)
            return "unchanged";
        await session.Tasks.DesireAsync(_wanted.Request, session.Call(cancellationToken));
        return "created";
    }

    public override async Task<int> WaitAsync(
        ClientSession session,
        Printer printer,
        ParseResult parsed,
        CancellationToken cancellationToken
    )
    {
        if (!_wait.IsAsked(parsed))
            return ExitCodes.Ok;
        var task = await TaskWaitCommand.UntilEndedAsync(session, printer, _wanted.Name, _wait.Limit(parsed), cancellationToken);
        if (!task.Failed)
            return ExitCodes.Ok;
        printer.Aside($"error: {_wanted.Title} failed: {task.FailureReason}");
        return ExitCodes.Failed;
    }
}
