using Scheduler.Models;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Journal;

namespace Scheduler.Rep.Reports;

/// <summary>What a cell tells of a task, and what follows from the answer. Evacuation changes nothing: tasks run to their end.</summary>
internal static class TaskReports
{
    public static Report Next(ContainerPhase phase, Outcome? outcome) => phase switch
    {
        ContainerPhase.Completed => outcome is { Failed: true, Retryable: true } ? Report.RejectTask : Report.CompleteTask,
        _ => Report.StartTask,
    };

    /// <param name="phase">Now; the container may have moved on since the report was sent.</param>
    public static Effect After(Report report, ContainerPhase phase, BbsAnswer answer) => (report, answer.Kind) switch
    {
        (_, AnswerKind.Unreachable) => Effect.Retry,

        (Report.StartTask, AnswerKind.Taken) => phase == ContainerPhase.Reserved && answer.Task is not null ? Effect.Run : Effect.None,
        // It was cancelled, or runs elsewhere: a cancellation that never reached this cell ends here.
        (Report.StartTask, _) when answer.Error is ErrorKind.InvalidStateTransition or ErrorKind.ResourceNotFound => Effect.Delete,
        (Report.StartTask, _) => Effect.None,

        (Report.CompleteTask or Report.RejectTask, _) => Effect.Reported,

        _ => throw new ArgumentOutOfRangeException(nameof(report), report, "not a report of a task"),
    };
}
