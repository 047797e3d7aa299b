using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.TestKit.Hostile;

/// <summary>
/// A valid request of each kind, about objects that exist in a fuzzed cluster. Kinds that are missing here are generated from scratch.
/// </summary>
public static class ValidRequests
{
    private static readonly WorkDemand Demand = new()
    {
        RootFs = "preloaded:busybox",
        MemoryMb = 16,
        DiskMb = 16,
    };

    private static readonly EvacuateActualLRPRequest Evacuate = new()
    {
        ActualLrpKey = A.Key("web"),
        ActualLrpInstanceKey = A.Instance("i-1"),
    };

    private static readonly Dictionary<string, IMessage> ByName = new IMessage[]
    {
        new DesireLRPRequest { DesiredLrp = A.DesiredLrp("web", 2) },
        new UpdateDesiredLRPRequest
        {
            ProcessGuid = "web",
            Update = new DesiredLRPUpdate { Instances = 1, Annotation = "a" },
        },
        new GetDesiredLRPRequest { ProcessGuid = "web" },
        new RemoveDesiredLRPRequest { ProcessGuid = "web" },
        new RetireActualLRPRequest { ActualLrpKey = A.Key("web") },
        A.Task("job", callback: "http://127.0.0.1:1/done"),
        new GetTaskRequest { TaskGuid = "job" },
        new CancelTaskRequest { TaskGuid = "job" },
        new ResolveTaskRequest { TaskGuid = "job" },
        new DeleteTaskRequest { TaskGuid = "job" },
        new ApplyChangesRequest
        {
            Changes =
            {
                new Change { DesireTask = A.Task("other") },
                new Change { RemoveLrp = new RemoveDesiredLRPRequest { ProcessGuid = "web" } },
                new Change { Retire = new RetireActualLRPRequest { ActualLrpKey = A.Key("web") } },
            },
        },
        new UpsertDomainRequest { Domain = "apps", TtlSeconds = 60 },
        new LoseCellsRequest { CellIds = { "cell-9" } },
        new KeepCellsRequest { CellIds = { "cell-9" }, DurationSeconds = 1 },
        new FollowRequest { Snapshot = true },
        A.Claim("web", 0, A.Instance("i-1")),
        A.Start("web", 0, A.Instance("i-1")),
        A.Crash("web", 0, A.Instance("i-1")),
        new RemoveActualLRPRequest { ProcessGuid = "web", ActualLrpInstanceKey = A.Instance("i-1") },
        new ReportRequest
        {
            Reports =
            {
                new WorkReport { Claim = A.Claim("web", 0, A.Instance("i-1")) },
                new WorkReport { Start = A.Start("web", 0, A.Instance("i-1")) },
                new WorkReport { Crash = A.Crash("web", 0, A.Instance("i-1")) },
                new WorkReport { EvacuateClaimed = Evacuate },
                new WorkReport
                {
                    StartTask = new StartTaskRequest { TaskGuid = "job", CellId = "cell-1" },
                },
            },
        },
        Evacuate,
        new EvacuateRunningActualLRPRequest
        {
            ActualLrpKey = A.Key("web"),
            ActualLrpInstanceKey = A.Instance("i-1"),
            ActualLrpNetInfo = A.NetInfo(),
        },
        new EvacuateCrashedActualLRPRequest
        {
            ActualLrpKey = A.Key("web"),
            ActualLrpInstanceKey = A.Instance("i-1"),
            ErrorMessage = "why",
        },
        new StartTaskRequest { TaskGuid = "job", CellId = "cell-1" },
        new CompleteTaskRequest
        {
            TaskGuid = "job",
            CellId = "cell-1",
            Result = "42",
        },
        new RejectTaskRequest
        {
            TaskGuid = "job",
            CellId = "cell-1",
            RejectionReason = "why",
        },
        new FailActualLRPRequest { ActualLrpKey = A.Key("web"), ErrorMessage = "why" },
        new AcquireLockRequest
        {
            Lock = new LockEntry
            {
                Key = "mine",
                Owner = "run",
                Value = "http://127.0.0.1:1",
            },
            TtlMs = 1_000,
        },
        new ReleaseLockRequest { Key = "mine", Owner = "run" },
        new AnnounceCellRequest
        {
            Presence = A.Cell("cell-1"),
            Owner = "run",
            TtlMs = 1_000,
        },
        new WithdrawCellRequest { CellId = "cell-1", Owner = "run" },
        new ApplyConvergenceRequest
        {
            Commands =
            {
                new ConvergenceCommand
                {
                    Reason = "why",
                    CreateMissing = new CreateMissingLRPs { ProcessGuid = "web", Indices = { 0, 1 } },
                },
                new ConvergenceCommand
                {
                    Reason = "why",
                    Retire = new LRPVersion
                    {
                        ActualLrpKey = A.Key("web"),
                        ActualLrpInstanceKey = A.Instance("i-1"),
                        Epoch = "e",
                        Index = 1,
                    },
                },
            },
        },
        new ReportCellLossRequest
        {
            Loss = new CellLoss { CellsPerSecond = 1 },
            LostCellIds = { "cell-9" },
        },
        new LRPAuctionsRequest
        {
            Requests =
            {
                new LRPStartRequest
                {
                    ProcessGuid = "web",
                    Domain = "apps",
                    Indices = { 0 },
                    Demand = Demand,
                },
            },
        },
        new TaskAuctionsRequest
        {
            Requests =
            {
                new TaskStartRequest
                {
                    TaskGuid = "job",
                    Domain = "jobs",
                    Demand = Demand,
                },
            },
        },
        new ExplainRequest { Guid = "web", Index = 0 },
        new PlanPlacementRequest
        {
            Lrps =
            {
                new LRPStartRequest
                {
                    ProcessGuid = "plan",
                    Domain = "apps",
                    Indices = { 0 },
                    Demand = Demand,
                },
            },
            Suppose = new PlanSuppositions { DrainedCells = { "cell-1" } },
        },
        new PerformWorkRequest
        {
            CellId = "cell-1",
            Lrps =
            {
                new LRPWork { ActualLrpKey = A.Key("web"), Demand = Demand },
            },
            Tasks =
            {
                new TaskWork
                {
                    TaskGuid = "job",
                    Domain = "jobs",
                    Demand = Demand,
                },
            },
        },
        new StopLRPRequest { ActualLrpKey = A.Key("web"), ActualLrpInstanceKey = A.Instance("i-1") },
        new UpdateLRPRequest
        {
            ActualLrpKey = A.Key("web"),
            ActualLrpInstanceKey = A.Instance("i-1"),
            MetricTags = { ["a"] = "b" },
        },
        new CancelRepTaskRequest { TaskGuid = "job" },
        new StreamLogsRequest { ContainerGuid = "job" },
        new StreamEndedRequest { Guid = "job" },
        new ExecRequest
        {
            Start = new ExecStart
            {
                ContainerGuid = "job",
                Path = "cat",
                Input = true,
                Terminal = new Terminal { Columns = 80, Rows = 24 },
            },
        },
        new CopyOutRequest { ContainerGuid = "job", Path = "/etc" },
        new CopyInRequest
        {
            Start = new CopyInStart { ContainerGuid = "job", Path = "/tmp" },
        },
        new ForwardRequest
        {
            Start = new ForwardStart { ContainerGuid = "job", Port = 80 },
        },
        new MeasureRequest { ContainerGuids = { "job" } },
        new PullImageRequest { RootFs = "oci:///nowhere" },
        new RemoveImageRequest { RootFs = "oci:///nowhere" },
    }.ToDictionary(request => request.Descriptor.FullName);

    public static IMessage? Of(string fullName) => ByName.GetValueOrDefault(fullName);
}
