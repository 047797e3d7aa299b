using Google.Protobuf;
using Scheduler.Client;
using Scheduler.Client.Files;
using Scheduler.Client.Json;
using Scheduler.Client.Specs;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using ModificationTag = Scheduler.Contracts.V1.ModificationTag;

namespace Scheduler.Tests.Cli;

/// <summary>The JSON that scripts written for cfdot read and write.</summary>
public class DiegoJsonTests
{
    [Fact]
    public void A_running_instance() =>
        AssertJson(
            """{"process_guid":"web","index":1,"domain":"apps","instance_guid":"g","cell_id":"c1","address":"10.0.0.1","ports":[{"container_port":8080,"host_port":61001,"container_tls_proxy_port":0,"host_tls_proxy_port":0}],"instance_address":"10.255.0.2","preferred_address":"HOST","crash_count":2,"crash_reason":"oom","state":"RUNNING","since":1700000000000000001,"modification_tag":{"epoch":"e","index":3},"presence":"EVACUATING","actual_lrp_internal_routes":[{"hostname":"web.internal"}],"metric_tags":{"a":"1","b":"2"},"OptionalRoutable":{"routable":false},"availability_zone":"z1"}""",
            new ActualLRP
            {
                ActualLrpKey = new ActualLRPKey
                {
                    ProcessGuid = "web",
                    Index = 1,
                    Domain = "apps",
                },
                ActualLrpInstanceKey = new ActualLRPInstanceKey { InstanceGuid = "g", CellId = "c1" },
                ActualLrpNetInfo = new ActualLRPNetInfo
                {
                    Address = "10.0.0.1",
                    InstanceAddress = "10.255.0.2",
                    PreferredAddress = ActualLRPNetInfo.Types.PreferredAddress.Host,
                    Ports =
                    {
                        new PortMapping { ContainerPort = 8080, HostPort = 61001 },
                    },
                },
                CrashCount = 2,
                CrashReason = "oom",
                State = "RUNNING",
                Since = 1_700_000_000_000_000_001,
                ModificationTag = new ModificationTag { Epoch = "e", Index = 3 },
                Presence = ActualLRP.Types.Presence.Evacuating,
                ActualLrpInternalRoutes = { new ActualLRPInternalRoute { Hostname = "web.internal" } },
                MetricTags = { ["b"] = "2", ["a"] = "1" },
                Routable = false,
                AvailabilityZone = "z1",
            }
        );

    [Fact]
    public void An_instance_that_waits() =>
        AssertJson(
            """{"process_guid":"web","index":0,"domain":"apps","instance_guid":"","cell_id":"","address":"","ports":null,"preferred_address":"UNKNOWN","crash_count":0,"state":"UNCLAIMED","placement_error":"insufficient resources: memory","since":1,"modification_tag":{"epoch":"","index":0},"presence":"ORDINARY","OptionalRoutable":null,"availability_zone":""}""",
            new ActualLRP
            {
                ActualLrpKey = new ActualLRPKey { ProcessGuid = "web", Domain = "apps" },
                State = "UNCLAIMED",
                PlacementError = "insufficient resources: memory",
                Since = 1,
            }
        );

    [Fact]
    public void A_cell() =>
        AssertJson(
            """{"cell_id":"c1","rep_address":"http://c1:1800","zone":"z1","capacity":{"memory_mb":1024,"disk_mb":2048,"containers":256},"rootfs_provider_list":[{"name":"preloaded","properties":["busybox"]},{"name":"docker"}],"rep_url":"http://c1:1801","annotations":{}}""",
            new CellPresence
            {
                CellId = "c1",
                RepAddress = "http://c1:1800",
                Zone = "z1",
                Capacity = new CellCapacity
                {
                    MemoryMb = 1024,
                    DiskMb = 2048,
                    Containers = 256,
                },
                RootfsProviders =
                {
                    new Provider { Name = "preloaded", Properties = { "busybox" } },
                    new Provider { Name = "docker" },
                },
                RepUrl = "http://c1:1801",
            }
        );

    [Fact]
    public void An_event_has_its_type_and_what_it_was_before()
    {
        var json = EventTexts.Json(
            new Event
            {
                Revision = 7,
                ActualLrpInstanceChanged = new ActualLRPInstanceChangedEvent
                {
                    ActualLrpKey = new ActualLRPKey { ProcessGuid = "web", Domain = "apps" },
                    ActualLrpInstanceKey = new ActualLRPInstanceKey { InstanceGuid = "g", CellId = "c1" },
                    Before = new ActualLRPInfo { State = "UNCLAIMED" },
                    After = new ActualLRPInfo { State = "CLAIMED", Routable = true },
                },
            }
        );
        Assert.Equal("actual_lrp_instance_changed", (string?)json["type"]);
        Assert.Equal(7ul, (ulong)json["revision"]!);
        Assert.Equal(("web", "c1"), ((string?)json["data"]!["process_guid"], (string?)json["data"]!["cell_id"]));
        Assert.Equal("UNCLAIMED", (string?)json["data"]!["before"]!["state"]);
        Assert.Null(json["data"]!["before"]!["OptionalRoutable"]);
        Assert.True((bool)json["data"]!["after"]!["OptionalRoutable"]!["Routable"]!);
    }

    [Fact]
    public void What_is_printed_can_be_given_back()
    {
        var lrp = new DesiredLRP
        {
            ProcessGuid = "web",
            Domain = "apps",
            RootFs = "preloaded:busybox",
            Instances = 3,
            EnvironmentVariables =
            {
                new EnvironmentVariable { Name = "A", Value = "1" },
            },
            Action = new LrpAction
            {
                TimeoutAction = new TimeoutAction
                {
                    TimeoutMs = 5_000_000_000,
                    Action = new LrpAction
                    {
                        RunAction = new RunAction
                        {
                            Path = "/x",
                            User = "u",
                            Args = { "-f" },
                            ResourceLimits = new ResourceLimits { Nofile = 0 },
                        },
                    },
                },
            },
            Monitor = new LrpAction
            {
                TryAction = new TryAction
                {
                    Action = new LrpAction
                    {
                        ParallelAction = new ParallelAction
                        {
                            Actions =
                            {
                                new LrpAction
                                {
                                    RunAction = new RunAction { Path = "/y", User = "u" },
                                },
                            },
                        },
                    },
                },
            },
            Ports = { 8080, 9090 },
            Routes = new ProtoRoutes
            {
                Routes = { ["cf-router"] = ByteString.CopyFromUtf8("""[{"hostnames":["a"],"port":8080,"x":[1.5,null,true,"2"]}]""") },
            },
            PlacementTags = { "ssd" },
            MetricTags =
            {
                ["i"] = new MetricTagValue { Dynamic = MetricTagValue.Types.DynamicValue.Index },
                ["s"] = new MetricTagValue { Static = "v" },
            },
            UpdateStrategy = DesiredLRP.Types.UpdateStrategy.Recreate,
            ImageLayers =
            {
                new ImageLayer
                {
                    Url = "u",
                    LayerType = ImageLayer.Types.Type.Exclusive,
                    MediaType = ImageLayer.Types.MediaType.Tgz,
                },
            },
            LogRateLimit = new LogRateLimit { BytesPerSecond = -1 },
            CheckDefinition = new CheckDefinition
            {
                Checks =
                {
                    new Check
                    {
                        HttpCheck = new HTTPCheck { Port = 8080, Path = "/" },
                    },
                },
            },
        };
        var json = DiegoJsonWriter.Write(lrp);
        Assert.Contains("\"update_strategy\":1", json);
        Assert.Contains("\"i\":{\"dynamic\":\"INDEX\"}", json);
        Assert.Equal(lrp, LrpSpec.ReadDiego(SpecFile.Parse("lrp.json", json)));
    }

    [Fact]
    public void A_task_carries_its_definition_flat()
    {
        var task = new OneOffTask
        {
            TaskGuid = "t",
            Domain = "d",
            TaskDefinition = new TaskDefinition { RootFs = "preloaded:x", MemoryMb = 5 },
            State = OneOffTask.Types.State.Completed,
            Failed = true,
        };
        var json = DiegoJsonWriter.Write(task);
        Assert.Contains("\"rootfs\":\"preloaded:x\"", json);
        Assert.Contains("\"state\":\"Completed\"", json);
        Assert.Equal(task, TaskSpec.ReadDiego(SpecFile.Parse("task.json", json)));
    }

    [Theory]
    [InlineData("""{"process_guid":"a","memory_nb":1}""", "memory_nb: is not a key of DesiredLRP; did you mean memory_mb? (lrp.json:1)")]
    [InlineData("""{"process_guid":"a","memory_mb":99999999999}""", "memory_mb: must be a whole number from -2147483648 to 2147483647")]
    [InlineData("""{"process_guid":"a","action":{"rum":{}}}""", "rum: is not a key of action; did you mean run?")]
    [InlineData("""{"process_guid":"a","ports":["x"]}""", "ports: must be a whole number from 0")]
    [InlineData(
        """{"process_guid":"a","image_layers":[{"layer_type":"MINE"}]}""",
        "layer_type: must be one of LayerTypeInvalid, SHARED, EXCLUSIVE, not \"MINE\""
    )]
    public void A_slip_in_diegos_json_is_named(string json, string complaint)
    {
        var thrown = Assert.Throws<DomainException>(() => LrpSpec.ReadDiego(SpecFile.Parse("lrp.json", json)));
        Assert.Contains(complaint, thrown.Message);
    }

    private static void AssertJson(string expected, IMessage message) => Assert.Equal(expected, DiegoJsonWriter.Write(message));
}
