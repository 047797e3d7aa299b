using Grpc.Core;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.Validation;

namespace Scheduler.Bbs.Api;

/// <summary>Takes the changes of a client in batches. Rules and errors are those of the single calls.</summary>
internal sealed class ChangeApi(BbsNode node, RequestRules rules) : ChangeService.ChangeServiceBase
{
    private readonly DesiredLrpApi _lrps = new(node, rules);
    private readonly ActualLrpApi _instances = new(node, rules);
    private readonly TaskApi _tasks = new(node, rules);

    public override async Task<ApplyChangesResponse> Apply(ApplyChangesRequest request, ServerCallContext context)
    {
        rules.CheckCount(request);
        if (node.ActiveOrNull is null)
            throw node.NotActive().ToException();
        var response = new ApplyChangesResponse();
        response.Answers.Add(
            await Batches.AskAllAsync(
                request.Changes,
                async change => new ChangeAnswer { Revision = await DecideAsync(change, context) },
                error => new ChangeAnswer { Error = error }
            )
        );
        return response;
    }

    private async Task<ulong> DecideAsync(Change change, ServerCallContext context)
    {
        switch (change.ChangeCase)
        {
            case Change.ChangeOneofCase.DesireLrp:
                return (await _lrps.Desire(change.DesireLrp, context)).Revision;
            case Change.ChangeOneofCase.UpdateLrp:
                return (await _lrps.Update(change.UpdateLrp, context)).Revision;
            case Change.ChangeOneofCase.RemoveLrp:
                return (await _lrps.Remove(change.RemoveLrp, context)).Revision;
            case Change.ChangeOneofCase.DesireTask:
                return (await _tasks.Desire(change.DesireTask, context)).Revision;
            case Change.ChangeOneofCase.Retire:
                await _instances.Retire(change.Retire, context);
                return 0;
            case Change.ChangeOneofCase.CancelTask:
                await _tasks.Cancel(change.CancelTask, context);
                return 0;
            case Change.ChangeOneofCase.ResolveTask:
                await _tasks.Resolve(change.ResolveTask, context);
                return 0;
            case Change.ChangeOneofCase.DeleteTask:
                await _tasks.Delete(change.DeleteTask, context);
                return 0;
            default:
                throw DomainError.Invalid("change", "must be set").ToException();
        }
    }
}
