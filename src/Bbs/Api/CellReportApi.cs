using Grpc.Core;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.Validation;
using Scheduler.Contracts.Errors;

namespace Scheduler.Bbs.Api;

/// <summary>Takes the calls of a cell in batches. Rules, permissions and answers are those of the single calls.</summary>
internal sealed class CellReportApi(BbsNode node, RequestRules rules, BbsOptions options) : CellReportService.CellReportServiceBase
{
    // The definition that reaches the limit still goes, so a response stays well below the 16 MiB that a cell accepts.
    private const int MaxDefinitionBytes = 4 * 1024 * 1024;

    private readonly CellLrpApi _lrps = new(node, rules);
    private readonly CellTaskApi _tasks = new(node, rules, options);

    public override async Task<ReportResponse> Report(ReportRequest request, ServerCallContext context)
    {
        rules.CheckCount(request);
        if (node.ActiveOrNull is null)
            throw node.NotActive().ToException();
        var answers = await Batches.AskAllAsync(request.Reports, report => DecideAsync(report, context), Refused);
        var response = new ReportResponse();
        var definitions = new Definitions();
        foreach (var answer in answers)
            response.Answers.Add(definitions.Shorten(answer));
        return response;
    }

    private async Task<WorkReportAnswer> DecideAsync(WorkReport report, ServerCallContext context)
    {
        switch (report.ReportCase)
        {
            case WorkReport.ReportOneofCase.Claim:
                return new WorkReportAnswer { Claim = await _lrps.Claim(report.Claim, context) };
            case WorkReport.ReportOneofCase.Start:
                await _lrps.Start(report.Start, context);
                return new WorkReportAnswer();
            case WorkReport.ReportOneofCase.Crash:
                await _lrps.Crash(report.Crash, context);
                return new WorkReportAnswer();
            case WorkReport.ReportOneofCase.Remove:
                await _lrps.Remove(report.Remove, context);
                return new WorkReportAnswer();
            case WorkReport.ReportOneofCase.EvacuateClaimed:
                return new WorkReportAnswer { Evacuation = await _lrps.EvacuateClaimed(report.EvacuateClaimed, context) };
            case WorkReport.ReportOneofCase.EvacuateRunning:
                return new WorkReportAnswer { Evacuation = await _lrps.EvacuateRunning(report.EvacuateRunning, context) };
            case WorkReport.ReportOneofCase.EvacuateStopped:
                return new WorkReportAnswer { Evacuation = await _lrps.EvacuateStopped(report.EvacuateStopped, context) };
            case WorkReport.ReportOneofCase.EvacuateCrashed:
                return new WorkReportAnswer { Evacuation = await _lrps.EvacuateCrashed(report.EvacuateCrashed, context) };
            case WorkReport.ReportOneofCase.RemoveEvacuating:
                await _lrps.RemoveEvacuating(report.RemoveEvacuating, context);
                return new WorkReportAnswer();
            case WorkReport.ReportOneofCase.StartTask:
                return new WorkReportAnswer { StartTask = await _tasks.Start(report.StartTask, context) };
            case WorkReport.ReportOneofCase.CompleteTask:
                await _tasks.Complete(report.CompleteTask, context);
                return new WorkReportAnswer();
            case WorkReport.ReportOneofCase.RejectTask:
                await _tasks.Reject(report.RejectTask, context);
                return new WorkReportAnswer();
            default:
                throw DomainError.Invalid("report", "must be set").ToException();
        }
    }

    private static WorkReportAnswer Refused(Error error) => new() { Error = error };

    /// <summary>Sends each definition once, and not more than fit into a response.</summary>
    private sealed class Definitions
    {
        private readonly HashSet<DesiredLRP> _sent = new(ReferenceEqualityComparer.Instance);
        private int _bytes;

        public WorkReportAnswer Shorten(WorkReportAnswer answer)
        {
            if (answer.Claim?.DesiredLrp is { } lrp)
            {
                if (_sent.Contains(lrp))
                    return new WorkReportAnswer { Claim = new ClaimActualLRPResponse { CurrentDefinition = lrp.ModificationTag } };
                if (_bytes >= MaxDefinitionBytes)
                    return TooMuch;
                _sent.Add(lrp);
                _bytes += lrp.CalculateSize();
            }
            else if (answer.StartTask?.Task is { } task)
            {
                if (_bytes >= MaxDefinitionBytes)
                    return TooMuch;
                _bytes += task.CalculateSize();
            }

            return answer;
        }

        // The change is made. Repeating the call gives its answer and changes nothing.
        private static WorkReportAnswer TooMuch =>
            Refused(
                ErrorMapping.ToMessage(
                    new DomainError(
                        ErrorKind.Overloaded,
                        "the definitions that this batch asks for do not fit into a response; repeat this report"
                    )
                )
            );
    }
}
