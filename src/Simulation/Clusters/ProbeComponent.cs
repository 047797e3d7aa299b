using Scheduler.Contracts.Work;
using Scheduler.Simulation.Machines;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>Desires one more LRP in a cluster that should be healthy again, to check that it is placed and spread.</summary>
internal sealed class ProbeComponent(SimulatedCluster cluster, string name, Machine machine) : Component(cluster, name, machine)
{
    private DesiredLRPService.DesiredLRPServiceClient? _desired;

    public const string Guid = "probe";

    /// <summary>Memory of one instance, in MB.</summary>
    public const int MemoryMb = 64;

    /// <summary>Desires or removes the probe, retrying until it succeeds.</summary>
    public void Want(int instances) =>
        Process!.Start(
            () => WantAsync(instances),
            failure =>
            {
                if (failure is not null)
                    Cluster.Violated("no component exits by itself", $"{Name}: {failure}");
            }
        );

    protected override Task RunAsync(VirtualProcess process, CancellationToken stopping)
    {
        _desired = new DesiredLRPService.DesiredLRPServiceClient(BbsOf(process).Invoker);
        return Task.Delay(Timeout.InfiniteTimeSpan, process.Time, stopping);
    }

    private async Task WantAsync(int instances)
    {
        while (true)
        {
            var ask = await Ask.OfAsync(() => instances > 0 ? DesireAsync(instances) : RemoveAsync());
            if (ask.Outcome == AskOutcome.Done || ask.Error is ErrorKind.ResourceExists or ErrorKind.ResourceNotFound)
                return;
            await Task.Delay(TimeSpan.FromSeconds(1), Process!.Time);
        }
    }

    private async Task DesireAsync(int instances) =>
        await _desired!.DesireAsync(
            new DesireLRPRequest
            {
                DesiredLrp = new DesiredLRP
                {
                    ProcessGuid = Guid,
                    Domain = Guid,
                    RootFs = "preloaded:linux",
                    Instances = instances,
                    MemoryMb = MemoryMb,
                    DiskMb = 64,
                    Action = WorkTraits.ToServe(),
                    Ports = { 8080 },
                    LogGuid = Guid,
                    Routes = new ProtoRoutes
                    {
                        Routes =
                        {
                            [RouteKeys.Http] = Google.Protobuf.ByteString.CopyFromUtf8("""[{"hostnames":["probe.example"],"port":8080}]"""),
                        },
                    },
                    MetricTags = { ["source_id"] = new MetricTagValue { Static = Guid } },
                },
            },
            deadline: Deadline
        );

    private async Task RemoveAsync() => await _desired!.RemoveAsync(new RemoveDesiredLRPRequest { ProcessGuid = Guid }, deadline: Deadline);

    private DateTime Deadline => (Process!.Time.GetUtcNow() + TimeSpan.FromSeconds(10)).UtcDateTime;
}
