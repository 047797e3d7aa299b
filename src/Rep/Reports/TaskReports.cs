using Scheduler.Models;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Journal;

namespace Scheduler.Rep.Reports;

/// <summary>A cell's reports about a task, and the effects of the answers. Evacuation changes nothing: tasks run to completion.</summary>
internal static class TaskReports
{
    public static Report Next(ContainerPhase phase, Outcome? outcome) =>
        phase switch
        {
            ContainerPhase.Completed => outcome is { Failed: true, Retryable: true } ? Report.RejectTask : Report.CompleteTask,
            _ => Report.StartTask,
        };

    /// <param name="phase">The current phase; it may have advanced since the report was sent.</param>
    public static Effect After(Report report, ContainerPhase phase, BbsAnswer answer) =>
        (report, answer.Kind) switch
        {
            (_, AnswerKind.Unreachable) => Effect.Retry,

            (Report.StartTask, AnswerKind.Taken) => phase == ContainerPhase.Reserved && answer.Task is not null ? Effect.Run : Effect.None,
            // The task was cancelled or runs elsewhere. This also handles a cancellation that never reached this cell.
            (Report.StartTask, _) when answer.Error is ErrorKind.InvalidStateTransition or ErrorKind.ResourceNotFound => Effect.Delete,
            (Report.StartTask, _) => Effect.None,

            (Report.CompleteTask or Report.RejectTask, _) => Effect.Reported,

            _ => throw new ArgumentOutOfRangeException(nameof(report), report, "not a report of a task"),
        };
}
