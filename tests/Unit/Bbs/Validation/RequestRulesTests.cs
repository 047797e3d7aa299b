using Google.Protobuf;
using Scheduler.Bbs.Validation;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Bbs.Validation;

/// <summary>Each rule by one request that breaks it and nothing else.</summary>
public sealed class RequestRulesTests
{
    private static readonly RequestRules Rules = new(new RequestLimits { MaxInstances = 1_000 });

    public static TheoryData<string, string, Action<DesiredLRP>> BrokenLrps =>
        new()
        {
            { "desired_lrp.process_guid", "must not be empty", lrp => lrp.ProcessGuid = "" },
            { "desired_lrp.process_guid", "must consist of letters, digits, _ and -", lrp => lrp.ProcessGuid = "a/b" },
            { "desired_lrp.process_guid", "must be at most 255 characters, and is 256", lrp => lrp.ProcessGuid = new string('a', 256) },
            { "desired_lrp.domain", "must not be empty", lrp => lrp.Domain = "" },
            { "desired_lrp.domain", "must not contain control characters", lrp => lrp.Domain = "a\nb" },
            { "desired_lrp.log_guid", "must be at most 255 characters, and is 300", lrp => lrp.LogGuid = new string('a', 300) },
            { "desired_lrp.root_fs", "must not be empty", lrp => lrp.RootFs = "" },
            {
                "desired_lrp.root_fs",
                "must be a URL with a scheme, such as preloaded:busybox or docker:///busybox",
                lrp => lrp.RootFs = "/var/rootfs"
            },
            {
                "desired_lrp.root_fs",
                "must not contain a user or password; use image_username and image_password",
                lrp => lrp.RootFs = "docker://me:secret@registry.example/web"
            },
            { "desired_lrp.instances", "must be at least 0", lrp => lrp.Instances = -1 },
            { "desired_lrp.instances", "must be at most 1000", lrp => lrp.Instances = 1_001 },
            { "desired_lrp.memory_mb", "must be at least 0", lrp => lrp.MemoryMb = -1 },
            { "desired_lrp.memory_mb", "must be at most 1000000000", lrp => lrp.MemoryMb = int.MaxValue },
            { "desired_lrp.disk_mb", "must be at least 0", lrp => lrp.DiskMb = int.MinValue },
            { "desired_lrp.max_pids", "must be at least 0", lrp => lrp.MaxPids = -1 },
            {
                "desired_lrp.log_rate_limit.bytes_per_second",
                "must be at least -1",
                lrp => lrp.LogRateLimit = new LogRateLimit { BytesPerSecond = -2 }
            },
            { "desired_lrp.annotation", "must be at most 10240 bytes, and is 10242", lrp => lrp.Annotation = new string('é', 5_121) },
            {
                "desired_lrp.routes",
                "must be at most 131072 bytes in total, and is 131073",
                lrp =>
                    lrp.Routes = new ProtoRoutes
                    {
                        Routes = { ["a"] = ByteString.CopyFrom(new byte[65_536]), ["b"] = ByteString.CopyFrom(new byte[65_537]) },
                    }
            },
            { "desired_lrp.ports[0]", "must be from 1 to 65535", lrp => lrp.Ports.Add(0) },
            { "desired_lrp.ports[0]", "must be from 1 to 65535", lrp => lrp.Ports.Add(65_536) },
            { "desired_lrp.ports[2]", "must not repeat port 80", lrp => lrp.Ports.Add([80, 443, 80]) },
            { "desired_lrp.metric_tags", "must have at least one tag, such as source_id", lrp => lrp.MetricTags.Clear() },
            {
                "desired_lrp.metric_tags[a]",
                "must have either a static or a dynamic value",
                lrp => lrp.MetricTags.Add("a", new MetricTagValue())
            },
            { "desired_lrp.action", "must be set", lrp => lrp.Action = null },
            { "desired_lrp.action", "must have one action", lrp => lrp.Action = new LrpAction() },
            { "desired_lrp.action", "must have exactly one action", lrp => lrp.Action.TryAction = new TryAction { Action = A.Run() } },
            { "desired_lrp.action.run_action.path", "must not be empty", lrp => lrp.Action.RunAction.Path = "" },
            { "desired_lrp.action.run_action.user", "must not be empty", lrp => lrp.Action.RunAction.User = "" },
            { "desired_lrp.stop_signal", "must be the name or number of a signal, such as SIGQUIT", lrp => lrp.StopSignal = "SIGNAL" },
            { "desired_lrp.image_pull_policy", "must be missing, always or never", lrp => lrp.ImagePullPolicy = "Always" },
            { "desired_lrp.grace_period_ms", "must be from 0 to 86400000", lrp => lrp.GracePeriodMs = -1 },
            { "desired_lrp.grace_period_ms", "must be from 0 to 86400000", lrp => lrp.GracePeriodMs = 86_400_001 },
            {
                "desired_lrp.environment_variables[0].value",
                "must be at most 131071 bytes, and is 131072: too long for Linux to start a program with",
                lrp => lrp.EnvironmentVariables.Add(new EnvironmentVariable { Name = "A", Value = new string('x', 131_072) })
            },
            {
                "desired_lrp.setup.serial_action.actions",
                "must have at least one action",
                lrp => lrp.Setup = new LrpAction { SerialAction = new SerialAction() }
            },
            {
                "desired_lrp.setup.parallel_action.actions[1]",
                "must have one action",
                lrp => lrp.Setup = new LrpAction { ParallelAction = new ParallelAction { Actions = { A.Run(), new LrpAction() } } }
            },
            {
                "desired_lrp.monitor.timeout_action.timeout_ms",
                "must be at least 1",
                lrp => lrp.Monitor = new LrpAction { TimeoutAction = new TimeoutAction { Action = A.Run() } }
            },
            { "desired_lrp.monitor.try_action.action", "must be set", lrp => lrp.Monitor = new LrpAction { TryAction = new TryAction() } },
            {
                "desired_lrp.setup.download_action.checksum_algorithm",
                "must be md5, sha1 or sha256",
                lrp =>
                    lrp.Setup = new LrpAction
                    {
                        DownloadAction = new DownloadAction
                        {
                            From = "https://files.example/a",
                            To = "b",
                            User = "c",
                            ChecksumAlgorithm = "crc",
                            ChecksumValue = "1",
                        },
                    }
            },
            {
                "desired_lrp.setup.upload_action.to",
                "must be an http or https URL",
                lrp =>
                    lrp.Setup = new LrpAction
                    {
                        UploadAction = new UploadAction { From = "a", User = "c" },
                    }
            },
            {
                "desired_lrp.environment_variables[0].name",
                "must not be blank",
                lrp => lrp.EnvironmentVariables.Add(new EnvironmentVariable { Name = " " })
            },
            {
                "desired_lrp.egress_rules[0].protocol",
                "must be tcp, udp, icmp, icmpv6 or all",
                lrp => lrp.EgressRules.Add(new SecurityGroupRule { Protocol = "TCP", Destinations = { "10.0.0.1" } })
            },
            {
                "desired_lrp.egress_rules[0].ports",
                "must be set, or port_range, but not both",
                lrp => lrp.EgressRules.Add(new SecurityGroupRule { Protocol = "tcp", Destinations = { "10.0.0.1" } })
            },
            {
                "desired_lrp.egress_rules[0].port_range",
                "must not end before it starts",
                lrp =>
                    lrp.EgressRules.Add(
                        new SecurityGroupRule
                        {
                            Protocol = "udp",
                            PortRange = new PortRange { Start = 2, End = 1 },
                            Destinations = { "10.0.0.1" },
                        }
                    )
            },
            {
                "desired_lrp.egress_rules[0].icmp_info",
                "must be set",
                lrp => lrp.EgressRules.Add(new SecurityGroupRule { Protocol = "icmp", Destinations = { "10.0.0.1" } })
            },
            {
                "desired_lrp.egress_rules[0].ports",
                "must not be set for protocol all",
                lrp =>
                    lrp.EgressRules.Add(
                        new SecurityGroupRule
                        {
                            Protocol = "all",
                            Ports = { 80 },
                            Destinations = { "10.0.0.1" },
                        }
                    )
            },
            {
                "desired_lrp.egress_rules[0].destinations",
                "must have at least one destination",
                lrp => lrp.EgressRules.Add(new SecurityGroupRule { Protocol = "all" })
            },
            {
                "desired_lrp.egress_rules[0].destinations[0]",
                "must be IP addresses, CIDR blocks or ranges from a lower to a higher address",
                lrp => lrp.EgressRules.Add(new SecurityGroupRule { Protocol = "all", Destinations = { "10.0.0.2-10.0.0.1" } })
            },
            {
                "desired_lrp.egress_rules",
                "must have at most 4096 destinations in all",
                lrp =>
                    lrp.EgressRules.Add(new SecurityGroupRule { Protocol = "all", Destinations = { Enumerable.Repeat("10.0.0.1", 4_097) } })
            },
            {
                "desired_lrp.network.properties[container_to_container]",
                "must be deny, lrp or domain",
                lrp => lrp.Network = new Network { Properties = { ["container_to_container"] = "all" } }
            },
            {
                "desired_lrp.cached_dependencies[0].to",
                "must not be empty",
                lrp => lrp.CachedDependencies.Add(new CachedDependency { From = "http://files.example/a" })
            },
            {
                "desired_lrp.cached_dependencies[0].from",
                "must be an http or https URL",
                lrp => lrp.CachedDependencies.Add(new CachedDependency { From = "file:///etc/shadow", To = "/opt" })
            },
            {
                "desired_lrp.setup.download_action.from",
                "must be an http or https URL",
                lrp =>
                    lrp.Setup = new LrpAction
                    {
                        DownloadAction = new DownloadAction
                        {
                            From = "a",
                            To = "b",
                            User = "c",
                        },
                    }
            },
            {
                "desired_lrp.image_layers[0].media_type",
                "must be TGZ, TAR or ZIP",
                lrp =>
                    lrp.ImageLayers.Add(
                        new ImageLayer
                        {
                            Url = "u",
                            DestinationPath = "d",
                            LayerType = ImageLayer.Types.Type.Shared,
                        }
                    )
            },
            {
                "desired_lrp.volume_mounts[0].mode",
                "must be r or rw",
                lrp =>
                    lrp.VolumeMounts.Add(
                        new VolumeMount
                        {
                            Driver = "nfs",
                            Mode = "w",
                            ContainerDir = "/data",
                        }
                    )
            },
            {
                "desired_lrp.volume_mounts[0].container_dir",
                "must be an absolute path below / without empty parts, . and ..",
                lrp => lrp.VolumeMounts.Add(new VolumeMount { Driver = "nfs", Mode = "r" })
            },
            {
                "desired_lrp.volume_mounts",
                "must not have /data/b at or below /data",
                lrp =>
                    lrp.VolumeMounts.Add([
                        new VolumeMount
                        {
                            Driver = "a",
                            Mode = "r",
                            ContainerDir = "/data",
                        },
                        new VolumeMount
                        {
                            Driver = "b",
                            Mode = "r",
                            ContainerDir = "/data/b/",
                        },
                    ])
            },
            {
                "desired_lrp.check_definition.checks[0]",
                "must have either tcp_check or http_check",
                lrp => lrp.CheckDefinition = new CheckDefinition { Checks = { new Check() } }
            },
            {
                "desired_lrp.check_definition.readiness_checks[0].http_check.port",
                "must be from 1 to 65535",
                lrp => lrp.CheckDefinition = new CheckDefinition { ReadinessChecks = { new Check { HttpCheck = new HTTPCheck() } } }
            },
            {
                "desired_lrp.sidecars[0].memory_mb",
                "must be at least 0",
                lrp => lrp.Sidecars.Add(new Sidecar { Action = A.Run(), MemoryMb = -1 })
            },
            {
                "desired_lrp.sidecars",
                "must need at most 1000000000 MB of memory in total, including memory_mb",
                lrp => lrp.Sidecars.Add(new Sidecar { Action = A.Run(), MemoryMb = 1_000_000_000 })
            },
            { "desired_lrp.image_password", "must be set together with image_username", lrp => lrp.ImageUsername = "u" },
            { "desired_lrp.start_timeout_ms", "must be at least 0", lrp => lrp.StartTimeoutMs = -1 },
            {
                "desired_lrp.volume_mounted_files",
                "must be at most 1048576 bytes in total, and is 1048577",
                lrp =>
                    lrp.VolumeMountedFiles.Add([
                        new MountedFile { Path = "p", Content = new string('x', 524_288) },
                        new MountedFile { Path = "q", Content = new string('x', 524_289) },
                    ])
            },
        };

    [Theory]
    [MemberData(nameof(BrokenLrps))]
    public void A_desired_lrp_that_breaks_one_rule_is_told_its_field_and_rule(string field, string rule, Action<DesiredLRP> spoil)
    {
        var lrp = A.DesiredLrp("web");
        spoil(lrp);
        Broken(field, rule, () => Rules.Check(new DesireLRPRequest { DesiredLrp = lrp }));
    }

    [Fact]
    public void A_rich_and_valid_lrp_passes()
    {
        var lrp = A.DesiredLrp("web_1-A", 0);
        lrp.RootFs = "docker:///library/busybox#latest";
        lrp.Ports.Add([80, 443]);
        lrp.EgressRules.Add(
            new SecurityGroupRule
            {
                Protocol = "tcp",
                Ports = { 443 },
                Destinations = { "10.0.0.1, 10.0.0.0/8", "10.0.0.1/8", "10.0.0.1-10.0.0.9", "2001:db8::/32" },
            }
        );
        lrp.CheckDefinition = new CheckDefinition { Checks = { new Check { TcpCheck = new TCPCheck { Port = 80 } } } };
        lrp.LogRateLimit = new LogRateLimit { BytesPerSecond = -1 };
        lrp.Network = new Network { Properties = { ["container_to_container"] = "domain", ["policy_group_id"] = "any" } };
        lrp.Sidecars.Add(new Sidecar { Action = A.Run() });
        Rules.Check(new DesireLRPRequest { DesiredLrp = lrp });
    }

    public static TheoryData<string, string, Action<DesireTaskRequest>> BrokenTasks =>
        new()
        {
            { "task_guid", "must consist of letters, digits, _ and -", task => task.TaskGuid = "a b" },
            { "task_guid", "must begin with a letter or digit", task => task.TaskGuid = "_job" },
            { "task_guid", "must be at most 128 characters, and is 129", task => task.TaskGuid = new string('a', 129) },
            { "domain", "must not be empty", task => task.Domain = "" },
            { "task_definition", "must be set", task => task.TaskDefinition = null },
            { "task_definition.root_fs", "must not be empty", task => task.TaskDefinition.RootFs = "" },
            { "task_definition.action", "must be set", task => task.TaskDefinition.Action = null },
            { "task_definition.memory_mb", "must be at least 0", task => task.TaskDefinition.MemoryMb = -1 },
            {
                "task_definition.completion_callback_url",
                "must be an http or https URL",
                task => task.TaskDefinition.CompletionCallbackUrl = "ftp://client"
            },
            {
                "task_definition.image_username",
                "must be set together with image_password",
                task => task.TaskDefinition.ImagePassword = "p"
            },
        };

    [Theory]
    [MemberData(nameof(BrokenTasks))]
    public void A_task_that_breaks_one_rule_is_told_its_field_and_rule(string field, string rule, Action<DesireTaskRequest> spoil)
    {
        var task = A.Task("job");
        spoil(task);
        Broken(field, rule, () => Rules.Check(task));
    }

    [Fact]
    public void An_update_is_held_to_the_rules_of_what_it_names()
    {
        Broken("process_guid", "must not be empty", () => Rules.Check(new UpdateDesiredLRPRequest()));
        Rules.Check(new UpdateDesiredLRPRequest { ProcessGuid = "web" });
        Broken("update.instances", "must be at least 0", () => Rules.Check(Update(new DesiredLRPUpdate { Instances = -1 })));
        Broken(
            "update.image_password",
            "must be set together with image_username",
            () => Rules.Check(Update(new DesiredLRPUpdate { ImageUsername = "u" }))
        );
        Broken(
            "update.annotation",
            "must be at most 10240 bytes, and is 10241",
            () => Rules.Check(Update(new DesiredLRPUpdate { Annotation = new string('a', 10_241) }))
        );

        static UpdateDesiredLRPRequest Update(DesiredLRPUpdate update) => new() { ProcessGuid = "web", Update = update };
    }

    [Fact]
    public void Reports_of_cells_need_their_keys()
    {
        Broken("actual_lrp_instance_key.cell_id", "must not be empty", () => Rules.Check(A.Claim("web", 0, A.Instance("i", ""))));
        Broken("actual_lrp_instance_key", "must be set", () => Rules.Check(new ClaimActualLRPRequest { ProcessGuid = "web" }));
        var start = A.Start("web", -1, A.Instance("i"));
        Broken("actual_lrp_key.index", "must be at least 0", () => Rules.Check(start));
        start = A.Start("web", 0, A.Instance("i"));
        start.ActualLrpNetInfo.Address = "";
        Broken("actual_lrp_net_info.address", "must not be empty", () => Rules.Check(start));
        Broken("error_message", "must not be empty", () => Rules.Check(new FailActualLRPRequest { ActualLrpKey = A.Key("web") }));
        Rules.Check(A.Crash("web", 0, A.Instance("i"), ""));
        Broken("rejection_reason", "must not be empty", () => Rules.Check(new RejectTaskRequest { TaskGuid = "job" }));
        Broken(
            "result",
            "must be at most 262144 bytes, and is 262145",
            () =>
                Rules.Check(
                    new CompleteTaskRequest
                    {
                        TaskGuid = "job",
                        CellId = "c",
                        Result = new string('x', 262_145),
                    }
                )
        );
    }

    [Fact]
    public void A_word_about_absent_cells_names_some_or_means_all()
    {
        Broken("cell_ids", "must name at least one cell, unless all is set", () => Rules.Check(new LoseCellsRequest()));
        Broken("cell_ids", "must be empty when all is set", () => Rules.Check(new KeepCellsRequest { All = true, CellIds = { "cell-1" } }));
        Broken("cell_ids[1]", "must not be empty", () => Rules.Check(new LoseCellsRequest { CellIds = { "cell-1", "" } }));
        Broken(
            "duration_seconds",
            "must be at most 604800 (7 days), and is 604801",
            () => Rules.Check(new KeepCellsRequest { All = true, DurationSeconds = 604_801 })
        );
        Rules.Check(new KeepCellsRequest { All = true, DurationSeconds = 604_800 });
        Broken("loss", "must be set", () => Rules.Check(new ReportCellLossRequest()));
        Broken(
            "lost_cell_ids[0]",
            "must not contain control characters",
            () => Rules.Check(new ReportCellLossRequest { Loss = new CellLoss(), LostCellIds = { "a\n" } })
        );
    }

    [Fact]
    public void Presences_and_locks_are_held_to_theirs()
    {
        Rules.Check(
            new AnnounceCellRequest
            {
                Presence = A.Cell("cell-1"),
                Owner = "run",
                TtlMs = 15_000,
            }
        );
        Broken(
            "ttl_ms",
            "must be from 100 to 3600000",
            () => Rules.Check(new AnnounceCellRequest { Presence = A.Cell("cell-1"), Owner = "run" })
        );
        var cell = A.Cell("cell-1");
        cell.RepUrl = "cell-1:1801";
        cell.Capacity.Containers = 0;
        var found = Assert.Throws<DomainException>(() =>
            Rules.Check(
                new AnnounceCellRequest
                {
                    Presence = cell,
                    Owner = "run",
                    TtlMs = 15_000,
                }
            )
        );
        Assert.Equal(["presence.rep_url", "presence.capacity.containers"], found.Error.Violations.Select(violation => violation.Field));
        Broken(
            "lock.value",
            "must be at most 4096 bytes, and is 4097",
            () =>
                Rules.Check(
                    new AcquireLockRequest
                    {
                        Lock = new LockEntry
                        {
                            Key = "k",
                            Owner = "o",
                            Value = new string('v', 4_097),
                        },
                        TtlMs = 15_000,
                    }
                )
        );
    }

    [Fact]
    public void Convergence_commands_need_a_command_and_a_key()
    {
        Broken(
            "commands[0].command",
            "must be set",
            () => Rules.Check(new ApplyConvergenceRequest { Commands = { new ConvergenceCommand() } })
        );
        Broken(
            "commands[0].actual_lrp_key",
            "must be set",
            () => Rules.Check(new ApplyConvergenceRequest { Commands = { new ConvergenceCommand { Retire = new LRPVersion() } } })
        );
    }

    private static void Broken(string field, string rule, Action check)
    {
        var refused = Assert.Throws<DomainException>(check);
        Assert.Equal(ErrorKind.InvalidRequest, refused.Kind);
        Assert.Equal(new Scheduler.Models.FieldViolation(field, rule), Assert.Single(refused.Error.Violations));
    }
}
