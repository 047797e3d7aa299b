using Scheduler.Models;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Reports;

namespace Scheduler.Tests.Unit.Rep.Reports;

public sealed class ReportTableTests
{
    private static readonly Outcome Stopped = new() { Stopped = true };
    private static readonly Outcome Crashed = new() { Failed = true, Reason = "crash" };
    private static readonly Outcome Ended = new();
    private static readonly Outcome Unlucky = new() { Failed = true, Retryable = true };

    public static TheoryData<string, string, string, string> LrpReportTable =>
        new()
        {
            // phase, outcome, report, report while evacuating
            { nameof(ContainerPhase.Reserved), "", nameof(Report.ClaimLrp), nameof(Report.EvacuateClaimed) },
            { nameof(ContainerPhase.Initializing), "", nameof(Report.ClaimLrp), nameof(Report.EvacuateClaimed) },
            { nameof(ContainerPhase.Created), "", nameof(Report.ClaimLrp), nameof(Report.EvacuateClaimed) },
            { nameof(ContainerPhase.Running), "", nameof(Report.StartLrp), nameof(Report.EvacuateRunning) },
            { nameof(ContainerPhase.Completed), nameof(Stopped), nameof(Report.RemoveLrp), nameof(Report.EvacuateStopped) },
            { nameof(ContainerPhase.Completed), nameof(Crashed), nameof(Report.CrashLrp), nameof(Report.EvacuateCrashed) },
            { nameof(ContainerPhase.Completed), nameof(Ended), nameof(Report.CrashLrp), nameof(Report.EvacuateCrashed) },
        };

    [Theory]
    [MemberData(nameof(LrpReportTable))]
    public void An_instance_is_reported_by_its_phase(string phase, string outcome, string report, string evacuating)
    {
        Assert.Equal(Enum.Parse<Report>(report), LrpReports.Next(Enum.Parse<ContainerPhase>(phase), OutcomeOf(outcome), evacuating: false));
        Assert.Equal(
            Enum.Parse<Report>(evacuating),
            LrpReports.Next(Enum.Parse<ContainerPhase>(phase), OutcomeOf(outcome), evacuating: true)
        );
    }

    [Theory]
    [InlineData(nameof(ContainerPhase.Reserved), "", nameof(Report.StartTask))]
    [InlineData(nameof(ContainerPhase.Running), "", nameof(Report.StartTask))]
    [InlineData(nameof(ContainerPhase.Completed), nameof(Ended), nameof(Report.CompleteTask))]
    [InlineData(nameof(ContainerPhase.Completed), nameof(Crashed), nameof(Report.CompleteTask))]
    [InlineData(nameof(ContainerPhase.Completed), nameof(Unlucky), nameof(Report.RejectTask))]
    public void A_task_is_reported_by_its_phase(string phase, string outcome, string report) =>
        Assert.Equal(Enum.Parse<Report>(report), TaskReports.Next(Enum.Parse<ContainerPhase>(phase), OutcomeOf(outcome)));

    /// <summary>The report, the phase when the answer arrives, the answer, and its effect.</summary>
    [Theory]
    [InlineData(nameof(Report.ClaimLrp), nameof(ContainerPhase.Reserved), "work", nameof(Effect.Run))]
    [InlineData(nameof(Report.ClaimLrp), nameof(ContainerPhase.Reserved), "taken", nameof(Effect.Abandon))]
    [InlineData(nameof(Report.ClaimLrp), nameof(ContainerPhase.Created), "work", nameof(Effect.None))]
    [InlineData(nameof(Report.ClaimLrp), nameof(ContainerPhase.Completed), "work", nameof(Effect.None))]
    [InlineData(
        nameof(Report.ClaimLrp),
        nameof(ContainerPhase.Reserved),
        nameof(ErrorKind.ActualLrpCannotBeClaimed),
        nameof(Effect.Delete)
    )]
    [InlineData(nameof(Report.ClaimLrp), nameof(ContainerPhase.Created), nameof(ErrorKind.ActualLrpCannotBeClaimed), nameof(Effect.Delete))]
    [InlineData(nameof(Report.ClaimLrp), nameof(ContainerPhase.Reserved), nameof(ErrorKind.ResourceNotFound), nameof(Effect.None))]
    [InlineData(nameof(Report.StartLrp), nameof(ContainerPhase.Running), "taken", nameof(Effect.None))]
    [InlineData(nameof(Report.StartLrp), nameof(ContainerPhase.Running), nameof(ErrorKind.ActualLrpCannotBeStarted), nameof(Effect.Stop))]
    [InlineData(nameof(Report.StartLrp), nameof(ContainerPhase.Running), nameof(ErrorKind.InvalidRequest), nameof(Effect.None))]
    [InlineData(nameof(Report.CrashLrp), nameof(ContainerPhase.Completed), "taken", nameof(Effect.Reported))]
    [InlineData(
        nameof(Report.CrashLrp),
        nameof(ContainerPhase.Completed),
        nameof(ErrorKind.ActualLrpCannotBeCrashed),
        nameof(Effect.Reported)
    )]
    [InlineData(nameof(Report.RemoveLrp), nameof(ContainerPhase.Completed), nameof(ErrorKind.ResourceNotFound), nameof(Effect.Reported))]
    [InlineData(nameof(Report.EvacuateClaimed), nameof(ContainerPhase.Reserved), "taken", nameof(Effect.Delete))]
    [InlineData(
        nameof(Report.EvacuateClaimed),
        nameof(ContainerPhase.Created),
        nameof(ErrorKind.ActualLrpCannotBeUnclaimed),
        nameof(Effect.Delete)
    )]
    [InlineData(nameof(Report.EvacuateRunning), nameof(ContainerPhase.Running), "taken", nameof(Effect.None))]
    [InlineData(nameof(Report.EvacuateRunning), nameof(ContainerPhase.Running), "replaced", nameof(Effect.Stop))]
    [InlineData(nameof(Report.EvacuateRunning), nameof(ContainerPhase.Running), nameof(ErrorKind.ResourceNotFound), nameof(Effect.None))]
    [InlineData(
        nameof(Report.EvacuateStopped),
        nameof(ContainerPhase.Completed),
        nameof(ErrorKind.ResourceNotFound),
        nameof(Effect.Reported)
    )]
    [InlineData(
        nameof(Report.EvacuateCrashed),
        nameof(ContainerPhase.Completed),
        nameof(ErrorKind.InvalidRequest),
        nameof(Effect.Reported)
    )]
    public void What_an_answer_means_for_an_instance(string report, string phase, string answer, string effect) =>
        Assert.Equal(
            Enum.Parse<Effect>(effect),
            LrpReports.After(Enum.Parse<Report>(report), Enum.Parse<ContainerPhase>(phase), AnswerOf(answer))
        );

    [Theory]
    [InlineData(nameof(Report.StartTask), nameof(ContainerPhase.Reserved), "work", nameof(Effect.Run))]
    [InlineData(nameof(Report.StartTask), nameof(ContainerPhase.Reserved), "taken", nameof(Effect.None))]
    [InlineData(nameof(Report.StartTask), nameof(ContainerPhase.Running), "taken", nameof(Effect.None))]
    [InlineData(nameof(Report.StartTask), nameof(ContainerPhase.Reserved), nameof(ErrorKind.InvalidStateTransition), nameof(Effect.Delete))]
    [InlineData(nameof(Report.StartTask), nameof(ContainerPhase.Running), nameof(ErrorKind.ResourceNotFound), nameof(Effect.Delete))]
    [InlineData(nameof(Report.StartTask), nameof(ContainerPhase.Reserved), nameof(ErrorKind.InvalidRequest), nameof(Effect.None))]
    [InlineData(nameof(Report.CompleteTask), nameof(ContainerPhase.Completed), "taken", nameof(Effect.Reported))]
    [InlineData(
        nameof(Report.CompleteTask),
        nameof(ContainerPhase.Completed),
        nameof(ErrorKind.RunningOnDifferentCell),
        nameof(Effect.Reported)
    )]
    [InlineData(nameof(Report.RejectTask), nameof(ContainerPhase.Completed), nameof(ErrorKind.ResourceNotFound), nameof(Effect.Reported))]
    public void What_an_answer_means_for_a_task(string report, string phase, string answer, string effect) =>
        Assert.Equal(
            Enum.Parse<Effect>(effect),
            TaskReports.After(Enum.Parse<Report>(report), Enum.Parse<ContainerPhase>(phase), AnswerOf(answer))
        );

    [Fact]
    public void What_nobody_took_is_told_again_whatever_it_is()
    {
        var lost = BbsAnswer.Of(new TimeoutException());
        foreach (var report in Enum.GetValues<Report>().Except([Report.None, Report.Destroy]))
        {
            foreach (var phase in Enum.GetValues<ContainerPhase>())
            {
                Assert.Equal(Effect.Retry, LrpReports.After(report, phase, lost));
                Assert.Equal(Effect.Retry, TaskReports.After(report, phase, lost));
            }
        }
    }

    [Theory]
    [InlineData(ErrorKind.Unavailable)]
    [InlineData(ErrorKind.NotActive)]
    [InlineData(ErrorKind.Timeout)]
    [InlineData(ErrorKind.Overloaded)]
    [InlineData(ErrorKind.PermissionDenied)]
    [InlineData(ErrorKind.Unknown)]
    public void An_error_of_the_BBS_itself_is_no_decision(ErrorKind kind) =>
        Assert.Equal(AnswerKind.Unreachable, BbsAnswer.Of(new DomainError(kind, "").ToException()).Kind);

    private static Outcome? OutcomeOf(string name) =>
        name switch
        {
            nameof(Stopped) => Stopped,
            nameof(Crashed) => Crashed,
            nameof(Ended) => Ended,
            nameof(Unlucky) => Unlucky,
            _ => null,
        };

    private static BbsAnswer AnswerOf(string name) =>
        name switch
        {
            "taken" => BbsAnswer.Taken,
            "work" => BbsAnswer.Taken with { Lrp = new(), Task = new() },
            "replaced" => BbsAnswer.Taken with { KeepContainer = false },
            _ => BbsAnswer.Of(new DomainError(Enum.Parse<ErrorKind>(name), "").ToException()),
        };
}
