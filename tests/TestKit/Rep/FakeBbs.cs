using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Bbs;

namespace Scheduler.Tests.TestKit.Rep;

/// <summary>
/// A BBS as one cell sees it: rows and tasks in memory under the contract's rules, with all calls recorded and faults on demand. It makes
/// no decisions of its own: the test decides what happens to a freed slot.
/// </summary>
public sealed class FakeBbs : IBbsCalls
{
    public List<string> Calls { get; } = [];

    public Dictionary<string, DesiredLRP> Desired { get; } = [];

    public List<ActualLRP> Rows { get; } = [];

    public Dictionary<string, OneOffTask> Tasks { get; } = [];

    public List<AnnounceCellRequest> Announcements { get; } = [];

    public bool Withdrawn { get; private set; }

    /// <summary>Processes with a crash that was reported as the work's own fault.</summary>
    public List<string> Permanent { get; } = [];

    /// <summary>Every call fails.</summary>
    public bool Down { get; set; }

    /// <summary>Called before each call with its line in <see cref="Calls"/>; an exception that it returns is thrown instead.</summary>
    public Func<string, Exception?> Fault { get; set; } = _ => null;

    /// <summary>
    /// Called after each successful call; an exception that it returns is thrown: the call took effect, but its reply is lost.
    /// </summary>
    public Func<string, Exception?> LostAnswer { get; set; } = _ => null;

    /// <summary>The reply to an evacuating instance that runs.</summary>
    public bool KeepEvacuating { get; set; } = true;

    /// <summary>Desires an LRP and creates a slot for each index.</summary>
    public DesiredLRP Desire(DesiredLRP lrp)
    {
        Desired[lrp.ProcessGuid] = lrp;
        for (var i = 0; i < lrp.Instances; i++)
        {
            Rows.Add(
                new ActualLRP
                {
                    ActualLrpKey = new ActualLRPKey
                    {
                        ProcessGuid = lrp.ProcessGuid,
                        Index = i,
                        Domain = lrp.Domain,
                    },
                    State = ActualLrpStateNames.Unclaimed,
                }
            );
        }

        return lrp;
    }

    public OneOffTask DesireTask(string guid, TaskDefinition definition) =>
        Tasks[guid] = new OneOffTask
        {
            TaskGuid = guid,
            Domain = "tests",
            TaskDefinition = definition,
            State = OneOffTask.Types.State.Pending,
        };

    public ActualLRP Row(string processGuid, int index = 0) =>
        Rows.Single(row =>
            row.ActualLrpKey.ProcessGuid == processGuid
            && row.ActualLrpKey.Index == index
            && row.Presence == ActualLRP.Types.Presence.Ordinary
        );

    public static Exception Unavailable() => new DomainError(ErrorKind.Unavailable, "the BBS is away").ToException();

    Task<ClaimActualLRPResponse> IBbsCalls.ClaimAsync(ClaimActualLRPRequest request, CancellationToken cancellation) =>
        Call(
            $"claim {request.ProcessGuid}/{request.Index}",
            () =>
            {
                var row = Ordinary(request.ProcessGuid, request.Index) ?? throw DomainError.NotFound("actual LRP").ToException();
                var same = Same(row, request.ActualLrpInstanceKey);
                if (!same && row.State is not ActualLrpStateNames.Unclaimed)
                    throw Refused(ErrorKind.ActualLrpCannotBeClaimed);
                row.State = ActualLrpStateNames.Claimed;
                row.ActualLrpInstanceKey = request.ActualLrpInstanceKey;
                return new ClaimActualLRPResponse { DesiredLrp = Desired.GetValueOrDefault(request.ProcessGuid) };
            }
        );

    Task IBbsCalls.StartAsync(StartActualLRPRequest request, CancellationToken cancellation) =>
        Call(
            $"start {Name(request.ActualLrpKey)}{(request.Routable ? "" : " unroutable")}",
            () =>
            {
                var row = Ordinary(request.ActualLrpKey.ProcessGuid, request.ActualLrpKey.Index);
                if (row is null)
                    Rows.Add(row = new ActualLRP { ActualLrpKey = request.ActualLrpKey });
                else if (
                    row.State is ActualLrpStateNames.Running or ActualLrpStateNames.Crashed
                    && !Same(row, request.ActualLrpInstanceKey)
                )
                    throw Refused(ErrorKind.ActualLrpCannotBeStarted);
                row.State = ActualLrpStateNames.Running;
                row.ActualLrpInstanceKey = request.ActualLrpInstanceKey;
                row.ActualLrpNetInfo = request.ActualLrpNetInfo;
                row.ActualLrpInternalRoutes.Clear();
                row.ActualLrpInternalRoutes.Add(request.ActualLrpInternalRoutes);
                row.MetricTags.Clear();
                row.MetricTags.Add(request.MetricTags);
                row.Routable = request.Routable;
                row.AvailabilityZone = request.AvailabilityZone;
                return true;
            }
        );

    Task IBbsCalls.CrashAsync(CrashActualLRPRequest request, CancellationToken cancellation) =>
        Call(
            $"crash {Name(request.ActualLrpKey)}: {request.ErrorMessage}",
            () =>
            {
                if (
                    Ordinary(request.ActualLrpKey.ProcessGuid, request.ActualLrpKey.Index) is not { } row
                    || !Same(row, request.ActualLrpInstanceKey)
                )
                    throw Refused(ErrorKind.ActualLrpCannotBeCrashed);
                row.State = ActualLrpStateNames.Crashed;
                row.CrashCount++;
                if (request.Permanent)
                    Permanent.Add(request.ActualLrpKey.ProcessGuid);
                row.CrashReason = request.ErrorMessage;
                row.ActualLrpInstanceKey = null;
                return true;
            }
        );

    Task IBbsCalls.RemoveAsync(RemoveActualLRPRequest request, CancellationToken cancellation) =>
        Call(
            $"remove {request.ProcessGuid}/{request.Index}",
            () =>
            {
                if (Ordinary(request.ProcessGuid, request.Index) is not { } row || !Same(row, request.ActualLrpInstanceKey))
                    throw DomainError.NotFound("actual LRP").ToException();
                return Rows.Remove(row);
            }
        );

    Task<EvacuationResponse> IBbsCalls.EvacuateClaimedAsync(EvacuateActualLRPRequest request, CancellationToken cancellation) =>
        Call(
            $"evacuate-claimed {Name(request.ActualLrpKey)}",
            () => Evacuated(request.ActualLrpKey, request.ActualLrpInstanceKey, keep: false)
        );

    Task<EvacuationResponse> IBbsCalls.EvacuateRunningAsync(EvacuateRunningActualLRPRequest request, CancellationToken cancellation) =>
        Call($"evacuate-running {Name(request.ActualLrpKey)}", () => new EvacuationResponse { KeepContainer = KeepEvacuating });

    Task<EvacuationResponse> IBbsCalls.EvacuateStoppedAsync(EvacuateActualLRPRequest request, CancellationToken cancellation) =>
        Call(
            $"evacuate-stopped {Name(request.ActualLrpKey)}",
            () => Evacuated(request.ActualLrpKey, request.ActualLrpInstanceKey, keep: false)
        );

    Task<EvacuationResponse> IBbsCalls.EvacuateCrashedAsync(EvacuateCrashedActualLRPRequest request, CancellationToken cancellation) =>
        Call(
            $"evacuate-crashed {Name(request.ActualLrpKey)}: {request.ErrorMessage}",
            () => Evacuated(request.ActualLrpKey, request.ActualLrpInstanceKey, keep: false)
        );

    Task IBbsCalls.RemoveEvacuatingAsync(EvacuateActualLRPRequest request, CancellationToken cancellation) =>
        Call(
            $"remove-evacuating {Name(request.ActualLrpKey)}",
            () =>
                Rows.RemoveAll(row => row.Presence == ActualLRP.Types.Presence.Evacuating && Same(row, request.ActualLrpInstanceKey)) > 0
                    ? true
                    : throw DomainError.NotFound("actual LRP").ToException()
        );

    Task<StartTaskResponse> IBbsCalls.StartTaskAsync(StartTaskRequest request, CancellationToken cancellation) =>
        Call(
            $"start-task {request.TaskGuid}",
            () =>
            {
                var task = Task(request.TaskGuid);
                if (task.State == OneOffTask.Types.State.Running && task.CellId == request.CellId)
                    return new StartTaskResponse();
                if (task.State != OneOffTask.Types.State.Pending)
                    throw Refused(ErrorKind.InvalidStateTransition);
                task.State = OneOffTask.Types.State.Running;
                task.CellId = request.CellId;
                return new StartTaskResponse { ShouldStart = true, Task = task };
            }
        );

    System.Threading.Tasks.Task IBbsCalls.CompleteTaskAsync(CompleteTaskRequest request, CancellationToken cancellation) =>
        Call(
            $"complete-task {request.TaskGuid} {(request.Failed ? $"failed: {request.FailureReason}" : $"result: {request.Result}")}",
            () =>
            {
                var task = Task(request.TaskGuid);
                if (task.State != OneOffTask.Types.State.Running)
                    throw Refused(ErrorKind.InvalidStateTransition);
                if (task.CellId != request.CellId)
                    throw Refused(ErrorKind.RunningOnDifferentCell);
                task.State = OneOffTask.Types.State.Completed;
                task.Failed = request.Failed;
                task.FailureReason = request.FailureReason;
                task.Result = request.Result;
                task.CellId = "";
                return true;
            }
        );

    System.Threading.Tasks.Task IBbsCalls.RejectTaskAsync(RejectTaskRequest request, CancellationToken cancellation) =>
        Call(
            $"reject-task {request.TaskGuid}: {request.RejectionReason}",
            () =>
            {
                var task = Task(request.TaskGuid);
                task.State = OneOffTask.Types.State.Pending;
                task.RejectionCount++;
                return true;
            }
        );

    Task<OneOffTask> IBbsCalls.GetTaskAsync(string taskGuid, CancellationToken cancellation) =>
        Call($"get-task {taskGuid}", () => Task(taskGuid));

    Task<IReadOnlyList<ActualLRP>> IBbsCalls.ListLrpsAsync(string cellId, CancellationToken cancellation) =>
        Call<IReadOnlyList<ActualLRP>>(
            "list-lrps",
            () => [.. Rows.Where(row => row.ActualLrpInstanceKey?.CellId == cellId).Select(row => row.Clone())]
        );

    Task<IReadOnlyList<OneOffTask>> IBbsCalls.ListTasksAsync(string cellId, CancellationToken cancellation) =>
        Call<IReadOnlyList<OneOffTask>>(
            "list-tasks",
            () => [.. Tasks.Values.Where(task => task.CellId == cellId).Select(task => task.Clone())]
        );

    System.Threading.Tasks.Task IBbsCalls.AnnounceAsync(AnnounceCellRequest request, CancellationToken cancellation) =>
        Call(
            "announce",
            () =>
            {
                Announcements.Add(request);
                return true;
            }
        );

    System.Threading.Tasks.Task IBbsCalls.WithdrawAsync(WithdrawCellRequest request, CancellationToken cancellation) =>
        Call("withdraw", () => Withdrawn = true);

    private EvacuationResponse Evacuated(ActualLRPKey key, ActualLRPInstanceKey instance, bool keep)
    {
        if (Ordinary(key.ProcessGuid, key.Index) is { } row && Same(row, instance))
        {
            row.State = ActualLrpStateNames.Unclaimed;
            row.ActualLrpInstanceKey = null;
        }

        return new EvacuationResponse { KeepContainer = keep };
    }

    private Task<T> Call<T>(string line, Func<T> answer)
    {
        Calls.Add(line);
        if ((Down ? Unavailable() : Fault(line)) is { } fault)
            return System.Threading.Tasks.Task.FromException<T>(fault);
        try
        {
            var result = answer();
            return LostAnswer(line) is { } lost
                ? System.Threading.Tasks.Task.FromException<T>(lost)
                : System.Threading.Tasks.Task.FromResult(result);
        }
        catch (DomainException refusal)
        {
            return System.Threading.Tasks.Task.FromException<T>(refusal);
        }
    }

    private OneOffTask Task(string guid) => Tasks.GetValueOrDefault(guid) ?? throw DomainError.NotFound("task").ToException();

    private ActualLRP? Ordinary(string processGuid, int index) =>
        Rows.SingleOrDefault(row =>
            row.ActualLrpKey.ProcessGuid == processGuid
            && row.ActualLrpKey.Index == index
            && row.Presence == ActualLRP.Types.Presence.Ordinary
        );

    private static bool Same(ActualLRP row, ActualLRPInstanceKey key) => row.ActualLrpInstanceKey is { } own && own.Equals(key);

    private static string Name(ActualLRPKey key) => $"{key.ProcessGuid}/{key.Index}";

    private static DomainException Refused(ErrorKind kind) => new DomainError(kind, kind.ToString()).ToException();
}
