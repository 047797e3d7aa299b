using Grpc.Core;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Auctioneer.Cells;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Hosting.Channels;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Api;

/// <summary>A piece of work as stored in the BBS.</summary>
/// <param name="CellId">The cell it is on; empty while it waits for a cell.</param>
/// <param name="IsStarting">Whether its cell is starting it.</param>
internal sealed record WantedWork(WorkItem Work, string CellId, bool IsStarting);

/// <summary>Lookup of work in the BBS.</summary>
internal sealed class WantedWorkSource(BbsConnection bbs)
{
    private readonly DesiredLRPService.DesiredLRPServiceClient _desired = new(bbs.Invoker);
    private readonly ActualLRPService.ActualLRPServiceClient _actual = new(bbs.Invoker);
    private readonly TaskService.TaskServiceClient _tasks = new(bbs.Invoker);

    /// <param name="index">Index of the LRP instance. Null stands for 0, or for a task.</param>
    /// <returns>Null if there is no such work.</returns>
    public async Task<WantedWork?> FindAsync(string guid, int? index, DateTime deadline, CancellationToken cancellationToken)
    {
        var call = new CallOptions(deadline: deadline, cancellationToken: cancellationToken);
        if (await OrNone(_desired.GetAsync(new GetDesiredLRPRequest { ProcessGuid = guid }, call)) is { } lrp)
            return await InstanceAsync(lrp.DesiredLrp, index ?? 0, call);
        if (index is null && await OrNone(_tasks.GetAsync(new GetTaskRequest { TaskGuid = guid }, call)) is { Task: { } task })
        {
            var request = new TaskStartRequest
            {
                TaskGuid = guid,
                Domain = task.Domain,
                Demand = WorkDemands.Of(task.TaskDefinition),
            };
            // A completed task is on no cell, although its row still names the cell.
            var isOnCell = task.State == OneOffTask.Types.State.Running;
            return new WantedWork(WorkRequests.FromRequest(request), isOnCell ? task.CellId : "", false);
        }

        return null;
    }

    private async Task<WantedWork?> InstanceAsync(DesiredLRP lrp, int index, CallOptions options)
    {
        if (index >= lrp.Instances)
            return null;
        var request = new LRPStartRequest
        {
            ProcessGuid = lrp.ProcessGuid,
            Domain = lrp.Domain,
            Demand = WorkDemands.Of(lrp),
            Indices = { index },
        };
        var work = WorkRequests.FromRequest(request).Single();
        using var call = _actual.List(new ListActualLRPsRequest { ProcessGuid = lrp.ProcessGuid, Index = index }, options);
        ActualLRP? row = null;
        while (await call.ResponseStream.MoveNext(options.CancellationToken))
            foreach (var next in call.ResponseStream.Current.ActualLrps)
                if (next.Presence == ActualLRP.Types.Presence.Ordinary)
                    row = next;
        return new WantedWork(work, row?.ActualLrpInstanceKey?.CellId ?? "", row?.State == ActualLrpStateNames.Claimed);
    }

    private static async Task<T?> OrNone<T>(AsyncUnaryCall<T> call)
        where T : class
    {
        try
        {
            return await call;
        }
        catch (DomainException failure) when (failure.Error.Kind == ErrorKind.ResourceNotFound)
        {
            return null;
        }
    }
}
