using Google.Protobuf;
using Scheduler.Contracts.V1;

namespace Scheduler.Tests.TestKit.Bbs;

/// <summary>Builds valid messages that specify only what a test is about.</summary>
public static class A
{
    public static DesiredLRP DesiredLrp(string processGuid, int instances = 1, string domain = "apps") =>
        new()
        {
            ProcessGuid = processGuid,
            Domain = domain,
            Instances = instances,
            RootFs = "preloaded:busybox",
            MemoryMb = 64,
            DiskMb = 128,
            Action = Run(),
            MetricTags = { ["source_id"] = new MetricTagValue { Static = processGuid } },
        };

    public static LrpAction Run() =>
        new()
        {
            RunAction = new RunAction { Path = "/bin/server", User = "vcap" },
        };

    public static DesireTaskRequest Task(string taskGuid, string callback = "", string domain = "jobs") =>
        new()
        {
            TaskGuid = taskGuid,
            Domain = domain,
            TaskDefinition = new TaskDefinition
            {
                RootFs = "preloaded:busybox",
                MemoryMb = 32,
                DiskMb = 32,
                Action = Run(),
                CompletionCallbackUrl = callback,
            },
        };

    public static ActualLRPKey Key(string processGuid, int index = 0, string domain = "apps") =>
        new()
        {
            ProcessGuid = processGuid,
            Index = index,
            Domain = domain,
        };

    public static ActualLRPInstanceKey Instance(string instanceGuid, string cellId = "cell-1") =>
        new() { InstanceGuid = instanceGuid, CellId = cellId };

    public static ActualLRPNetInfo NetInfo(string address = "10.0.0.1", uint hostPort = 61001) =>
        new()
        {
            Address = address,
            InstanceAddress = "10.255.0.2",
            Ports =
            {
                new PortMapping { ContainerPort = 8080, HostPort = hostPort },
            },
        };

    public static ClaimActualLRPRequest Claim(string processGuid, int index, ActualLRPInstanceKey instance) =>
        new()
        {
            ProcessGuid = processGuid,
            Index = index,
            ActualLrpInstanceKey = instance,
        };

    public static StartActualLRPRequest Start(string processGuid, int index, ActualLRPInstanceKey instance) =>
        new()
        {
            ActualLrpKey = Key(processGuid, index),
            ActualLrpInstanceKey = instance,
            ActualLrpNetInfo = NetInfo(),
            AvailabilityZone = "z1",
        };

    public static CrashActualLRPRequest Crash(string processGuid, int index, ActualLRPInstanceKey instance, string why = "exited with 1") =>
        new()
        {
            ActualLrpKey = Key(processGuid, index),
            ActualLrpInstanceKey = instance,
            ErrorMessage = why,
        };

    public static CellPresence Cell(string cellId, string zone = "z1") =>
        new()
        {
            CellId = cellId,
            RepAddress = "http://127.0.0.1:1800",
            RepUrl = $"http://{cellId}:1801",
            Zone = zone,
            Capacity = new CellCapacity
            {
                MemoryMb = 4096,
                DiskMb = 8192,
                Containers = 100,
            },
        };

    public static ProtoRoutes Routes(string key, string json) => new() { Routes = { [key] = ByteString.CopyFromUtf8(json) } };
}
