using Grpc.Core;
using Scheduler.Bbs.Commands.Tasks;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Validation;

namespace Scheduler.Bbs.Api;

internal sealed class TaskApi(BbsNode node, RequestRules rules) : TaskService.TaskServiceBase
{
    public override Task<DesireTaskResponse> Desire(DesireTaskRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new DesireTask(request), context, revision => new DesireTaskResponse { Revision = revision });
    }

    public override Task<GetTaskResponse> Get(GetTaskRequest request, ServerCallContext context)
    {
        rules.Check(request);
        var state = node.Active.State;
        if (!state.Tasks.TryGetValue(request.TaskGuid, out var task))
            throw TaskRows.NotFound(request.TaskGuid).ToException();
        return Task.FromResult(new GetTaskResponse { Task = DefinitionView.Of(context).Show(task), Revision = state.Revision });
    }

    public override async Task List(
        ListTasksRequest request,
        IServerStreamWriter<ListTasksResponse> responseStream,
        ServerCallContext context
    )
    {
        rules.Check(request);
        var state = node.Active.State;
        DomainFilter.Check(state, request.Domain);
        var pages = new Pages<OneOffTask, ListTasksResponse>(
            responseStream,
            () => new ListTasksResponse { Revision = state.Revision },
            (page, task) => page.Tasks.Add(task),
            context.CancellationToken
        );
        var view = DefinitionView.Of(context);
        foreach (var task in request.CellId.Length > 0 ? OfCell(state, request.CellId) : state.Tasks.Values)
        {
            if (request.Domain.Length == 0 || task.Domain == request.Domain)
                await pages.AddAsync(view.Show(task));
        }
        await pages.EndAsync();
    }

    public override Task<CancelTaskResponse> Cancel(CancelTaskRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new CancelTask(request.TaskGuid), context, _ => new CancelTaskResponse());
    }

    public override Task<ResolveTaskResponse> Resolve(ResolveTaskRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new ResolveTask(request.TaskGuid), context, _ => new ResolveTaskResponse());
    }

    public override Task<DeleteTaskResponse> Delete(DeleteTaskRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new DeleteTask(request.TaskGuid), context, _ => new DeleteTaskResponse());
    }

    private static IEnumerable<OneOffTask> OfCell(BbsState state, string cellId)
    {
        if (!state.TasksByCell.TryGetValue(cellId, out var guids))
            yield break;
        foreach (var guid in guids)
            yield return state.Tasks[guid];
    }
}
