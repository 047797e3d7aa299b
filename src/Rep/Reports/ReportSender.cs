using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Bbs;

namespace Scheduler.Rep.Reports;

/// <summary>Sends a report as a BBS call and returns the answer. Throws only when cancelled.</summary>
internal sealed class ReportSender(IBbsCalls bbs, TimeSpan limit, TimeProvider time)
{
    public async Task<BbsAnswer> SendAsync(Report report, ReportSubject subject, CancellationToken cancellation)
    {
        try
        {
            return await Deadline.CallAsync(ended => CallAsync(report, subject, ended), limit, time, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure)
        {
            return BbsAnswer.Of(failure);
        }
    }

    private async Task<BbsAnswer> CallAsync(Report report, ReportSubject subject, CancellationToken cancellation)
    {
        switch (report)
        {
            case Report.ClaimLrp:
                var claimed = await bbs.ClaimAsync(
                    new ClaimActualLRPRequest
                    {
                        ProcessGuid = subject.Key.ProcessGuid,
                        Index = subject.Key.Index,
                        ActualLrpInstanceKey = subject.InstanceKey,
                    },
                    cancellation
                );
                return BbsAnswer.Taken with { Lrp = claimed.DesiredLrp };

            case Report.StartLrp:
                await bbs.StartAsync(subject.ToStart(), cancellation);
                return BbsAnswer.Taken;

            case Report.CrashLrp:
                await bbs.CrashAsync(
                    new CrashActualLRPRequest
                    {
                        ActualLrpKey = subject.Key,
                        ActualLrpInstanceKey = subject.InstanceKey,
                        ErrorMessage = subject.Outcome.Reason,
                        Permanent = subject.Outcome.Permanent,
                    },
                    cancellation
                );
                return BbsAnswer.Taken;

            case Report.RemoveLrp:
                await bbs.RemoveAsync(
                    new RemoveActualLRPRequest
                    {
                        ProcessGuid = subject.Key.ProcessGuid,
                        Index = subject.Key.Index,
                        ActualLrpInstanceKey = subject.InstanceKey,
                    },
                    cancellation
                );
                return BbsAnswer.Taken;

            case Report.EvacuateClaimed:
                return Evacuated(await bbs.EvacuateClaimedAsync(subject.ToEvacuate(), cancellation));

            case Report.EvacuateRunning:
                return Evacuated(await bbs.EvacuateRunningAsync(subject.ToEvacuateRunning(), cancellation));

            case Report.EvacuateStopped:
                return Evacuated(await bbs.EvacuateStoppedAsync(subject.ToEvacuate(), cancellation));

            case Report.EvacuateCrashed:
                return Evacuated(
                    await bbs.EvacuateCrashedAsync(
                        new EvacuateCrashedActualLRPRequest
                        {
                            ActualLrpKey = subject.Key,
                            ActualLrpInstanceKey = subject.InstanceKey,
                            ErrorMessage = subject.Outcome.Reason,
                            Permanent = subject.Outcome.Permanent,
                        },
                        cancellation
                    )
                );

            case Report.StartTask:
                return await StartTaskAsync(subject, cancellation);

            case Report.CompleteTask:
                return await CompleteTaskAsync(subject, cancellation);

            case Report.RejectTask:
                await bbs.RejectTaskAsync(
                    new RejectTaskRequest
                    {
                        TaskGuid = subject.ContainerGuid,
                        RejectionReason = subject.Outcome.Reason,
                        CellId = subject.InstanceKey.CellId,
                    },
                    cancellation
                );
                return BbsAnswer.Taken;

            default:
                throw new ArgumentOutOfRangeException(nameof(report), report, "not a call");
        }
    }

    private static BbsAnswer Evacuated(EvacuationResponse response) => BbsAnswer.Taken with { KeepContainer = response.KeepContainer };

    private async Task<BbsAnswer> StartTaskAsync(ReportSubject subject, CancellationToken cancellation)
    {
        var started = await bbs.StartTaskAsync(
            new StartTaskRequest { TaskGuid = subject.ContainerGuid, CellId = subject.InstanceKey.CellId },
            cancellation
        );
        if (started.ShouldStart)
            return BbsAnswer.Taken with { Task = started.Task };

        // Already started on this cell. If that was this reservation's own call, whose answer was lost, the task must still be run.
        if (!subject.WorkMissing)
            return BbsAnswer.Taken;
        var task = await bbs.GetTaskAsync(subject.ContainerGuid, cancellation);
        // It may have been cancelled since.
        return task.State == OneOffTask.Types.State.Running && task.CellId == subject.InstanceKey.CellId
            ? BbsAnswer.Taken with
            {
                Task = task,
            }
            : new BbsAnswer(AnswerKind.Refused) { Error = ErrorKind.InvalidStateTransition, Message = "the task no longer runs here" };
    }

    private async Task<BbsAnswer> CompleteTaskAsync(ReportSubject subject, CancellationToken cancellation)
    {
        var request = new CompleteTaskRequest
        {
            TaskGuid = subject.ContainerGuid,
            CellId = subject.InstanceKey.CellId,
            Failed = subject.Outcome.Failed,
            FailureReason = subject.Outcome.Reason,
            Result = subject.Outcome.Result,
        };
        try
        {
            await bbs.CompleteTaskAsync(request, cancellation);
        }
        catch (DomainException refusal) when (refusal.Kind == ErrorKind.InvalidStateTransition && !request.Failed)
        {
            request.Failed = true;
            request.FailureReason = $"invalid state transition: {refusal.Message}";
            request.Result = "";
            await bbs.CompleteTaskAsync(request, cancellation);
        }

        return BbsAnswer.Taken;
    }
}
