using Scheduler.Bbs.Events;

namespace Scheduler.Bbs.Commands.Tasks;

/// <summary>A client desires a task. The value is the revision that contains it.</summary>
internal sealed class DesireTask(DesireTaskRequest request) : Command<ulong>
{
    public override Result<ulong> Decide(Decision decision)
    {
        if (decision.State.OneOffTask(request.TaskGuid) is not null)
            return DomainError.Exists($"task {request.TaskGuid}");
        var task = new OneOffTask
        {
            TaskDefinition = request.TaskDefinition,
            TaskGuid = request.TaskGuid,
            Domain = request.Domain,
            CreatedAt = decision.NowNs,
            UpdatedAt = decision.NowNs,
            State = OneOffTask.Types.State.Pending,
        };
        decision.State.Put(task);
        decision.Emit(TaskEvents.Created(task));
        decision.Then(new FollowUp.AuctionTask(task.TaskGuid));
        return decision.State.Revision;
    }
}
