using System.Net;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;
using EnvironmentVariable = Scheduler.Contracts.V1.EnvironmentVariable;
using PortMapping = Scheduler.Rep.Runtime.PortMapping;

namespace Scheduler.Tests.Unit.Rep.Runs;

public sealed class InstanceEnvironmentTests
{
    [Fact]
    public void An_instance_knows_itself_before_its_own_variables()
    {
        var work = Work(lrp => lrp.EnvironmentVariables.Add(new EnvironmentVariable { Name = "A", Value = "1" }));

        Assert.Equal(
            ["INSTANCE_GUID=guid", "INSTANCE_INDEX=3", "CF_INSTANCE_GUID=guid", "CF_INSTANCE_INDEX=3", "A=1"],
            InstanceEnvironment.OfContainer(work).Select(variable => $"{variable.Name}={variable.Value}")
        );
    }

    [Fact]
    public void A_task_has_only_its_own_variables()
    {
        var task = new OneOffTask
        {
            TaskDefinition = new TaskDefinition
            {
                EnvironmentVariables =
                {
                    new EnvironmentVariable { Name = "A", Value = "1" },
                },
            },
        };
        var work = WorkDefinition.Of(Entry(Google.Protobuf.MessageExtensions.ToByteArray(task)) with { IsTask = true });

        Assert.Equal(["A=1"], InstanceEnvironment.OfContainer(work).Select(variable => $"{variable.Name}={variable.Value}"));
    }

    [Fact]
    public void A_process_knows_its_addresses_and_ports()
    {
        var variables = InstanceEnvironment
            .OfProcess(Container(new PortMapping(8080, 61000), new PortMapping(2222, 61001)), "192.0.2.7")
            .ToDictionary(variable => variable.Name, variable => variable.Value);

        Assert.Equal("192.0.2.7", variables["CF_INSTANCE_IP"]);
        Assert.Equal("10.1.0.9", variables["CF_INSTANCE_INTERNAL_IP"]);
        Assert.Equal("61000", variables["CF_INSTANCE_PORT"]);
        Assert.Equal("192.0.2.7:61000", variables["CF_INSTANCE_ADDR"]);
        Assert.Equal("""[{"external":61000,"internal":8080},{"external":61001,"internal":2222}]""", variables["CF_INSTANCE_PORTS"]);
    }

    [Fact]
    public void Without_ports_the_variables_are_there_and_empty()
    {
        var variables = InstanceEnvironment
            .OfProcess(Container(), "192.0.2.7")
            .ToDictionary(variable => variable.Name, variable => variable.Value);

        Assert.Equal(("", "", "[]"), (variables["CF_INSTANCE_PORT"], variables["CF_INSTANCE_ADDR"], variables["CF_INSTANCE_PORTS"]));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(1, 10)]
    [InlineData(50, 512)]
    [InlineData(100, 1024)]
    public void Cpu_shares_follow_the_weight_and_an_instance_always_gets_a_sliver(int weight, int shares) =>
        Assert.Equal(shares, ContainerSpecBuilder.Build(Work(lrp => lrp.CpuWeight = (uint)weight), [], [], new()).Limits.CpuShares);

    [Theory]
    [InlineData(0, 0, 1024, 1024)]
    [InlineData(64, 50, 64, 50)]
    public void Work_that_names_no_limits_gets_the_cells_own(int memoryMb, int maxPids, int memoryLimitMb, int pidsLimit)
    {
        var work = Work(lrp => lrp.MaxPids = maxPids);
        work = WorkDefinition.Of(work.Entry with { Demand = work.Entry.Demand with { MemoryMb = memoryMb } });
        var limits = ContainerSpecBuilder.Build(work, [], [], new()).Limits;

        Assert.Equal((memoryLimitMb, pidsLimit), (limits.MemoryMb, limits.MaxPids));
    }

    [Fact]
    public void A_container_says_itself_what_it_runs()
    {
        var work = Work(lrp => lrp.Ports.Add([8080u, 8080u, 2222u]));
        var spec = ContainerSpecBuilder.Build(work, [], [], new());
        var back = RecoveredEntry.Of(
            new ContainerInfo
            {
                Spec = spec,
                State = ContainerState.Ready,
                CreatedAt = default,
            }
        );

        Assert.Equal([8080, 2222], spec.Ports);
        Assert.Equivalent(work.Entry with { Created = true, Demand = work.Entry.Demand with { RootFs = work.RootFs } }, back);
        Assert.Null(
            RecoveredEntry.Of(
                new ContainerInfo
                {
                    Spec = spec with { Properties = new Dictionary<string, string>() },
                    State = ContainerState.Ready,
                    CreatedAt = default,
                }
            )
        );
    }

    private static WorkDefinition Work(Action<DesiredLRP> change)
    {
        var lrp = new DesiredLRP
        {
            ProcessGuid = "web",
            Domain = "d",
            RootFs = "preloaded:linux",
        };
        change(lrp);
        return WorkDefinition.Of(Entry(Google.Protobuf.MessageExtensions.ToByteArray(lrp)));
    }

    private static JournalEntry Entry(byte[] work) =>
        new()
        {
            ContainerGuid = "guid",
            ProcessGuid = "web",
            Index = 3,
            Domain = "d",
            Demand = new Demand("preloaded:linux", 64, 0),
            Work = work,
        };

    private static ContainerInfo Container(params PortMapping[] ports) =>
        new()
        {
            Spec = new ContainerSpec { Handle = "guid", RootFs = "preloaded:linux" },
            State = ContainerState.Ready,
            Address = IPAddress.Parse("10.1.0.9"),
            Ports = ports,
            CreatedAt = default,
        };
}
