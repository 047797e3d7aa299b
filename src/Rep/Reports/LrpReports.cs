using Scheduler.Models;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Journal;

namespace Scheduler.Rep.Reports;

/// <summary>A cell's reports about an instance, and the effects of the answers (Diego's ordinary and evacuation processors).</summary>
internal static class LrpReports
{
    public static Report Next(ContainerPhase phase, Outcome? outcome, bool evacuating) =>
        phase switch
        {
            ContainerPhase.Reserved or ContainerPhase.Initializing or ContainerPhase.Created => evacuating
                ? Report.EvacuateClaimed
                : Report.ClaimLrp,
            ContainerPhase.Running => evacuating ? Report.EvacuateRunning : Report.StartLrp,
            ContainerPhase.Completed when outcome is { Stopped: true } => evacuating ? Report.EvacuateStopped : Report.RemoveLrp,
            ContainerPhase.Completed => evacuating ? Report.EvacuateCrashed : Report.CrashLrp,
        };

    /// <param name="phase">The current phase; it may have advanced since the report was sent.</param>
    public static Effect After(Report report, ContainerPhase phase, BbsAnswer answer) =>
        (report, answer.Kind) switch
        {
            (_, AnswerKind.Unreachable) => Effect.Retry,

            (Report.ClaimLrp, AnswerKind.Taken) when phase == ContainerPhase.Reserved => answer.Lrp is null ? Effect.Abandon : Effect.Run,
            (Report.ClaimLrp, AnswerKind.Taken) => Effect.None,
            // Another instance holds the index.
            (Report.ClaimLrp, _) when answer.Error == ErrorKind.ActualLrpCannotBeClaimed => Effect.Delete,
            // A missing row may still be created; otherwise the reservation expires.
            (Report.ClaimLrp, _) => Effect.None,

            (Report.StartLrp, AnswerKind.Taken) => Effect.None,
            (Report.StartLrp, _) => answer.Error == ErrorKind.ActualLrpCannotBeStarted ? Effect.Stop : Effect.None,

            // The container has ended, whatever the answer.
            (Report.CrashLrp or Report.RemoveLrp or Report.EvacuateStopped or Report.EvacuateCrashed, _) => Effect.Reported,
            (Report.EvacuateClaimed, _) => Effect.Delete,

            // The BBS says when a replacement serves; an error says nothing about that, so the container keeps running.
            (Report.EvacuateRunning, AnswerKind.Taken) when !answer.KeepContainer => Effect.Stop,
            (Report.EvacuateRunning, _) => Effect.None,

            _ => throw new ArgumentOutOfRangeException(nameof(report), report, "not a report of an LRP"),
        };
}
