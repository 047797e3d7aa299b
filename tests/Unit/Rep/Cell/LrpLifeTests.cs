using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.TestKit.Rep.Actions;

namespace Scheduler.Tests.Unit.Rep.Cell;

public sealed class LrpLifeTests
{
    [Fact]
    public void Claims_creates_runs_and_reports() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(
                CellBench.Lrp(
                    "forever",
                    lrp =>
                    {
                        lrp.MetricTags["source_id"] = new MetricTagValue { Static = "app" };
                        lrp.MetricTags["instance"] = new MetricTagValue { Dynamic = MetricTagValue.Types.DynamicValue.InstanceGuid };
                        lrp.Routes = new ProtoRoutes
                        {
                            Routes = { ["internal-router"] = Google.Protobuf.ByteString.CopyFromUtf8("""[{"hostname":"web.internal"}]""") },
                        };
                    }
                )
            );

            Assert.Equal(["claim web/0", "start web/0"], cell.Reports);
            Assert.Equal(28, guid.Length);
            var row = cell.Bbs.Row("web");
            Assert.Equal(ActualLrpStateNames.Running, row.State);
            Assert.Equal(guid, row.ActualLrpInstanceKey.InstanceGuid);
            Assert.Equal("10.0.0.1", row.ActualLrpNetInfo.Address);
            Assert.Equal(
                (8080u, 61_000u),
                (row.ActualLrpNetInfo.Ports.Single().ContainerPort, row.ActualLrpNetInfo.Ports.Single().HostPort)
            );
            Assert.Equal("app", row.MetricTags["source_id"]);
            Assert.Equal(guid, row.MetricTags["instance"]);
            Assert.Equal("web.internal", row.ActualLrpInternalRoutes.Single().Hostname);
            Assert.Equal("z1", row.AvailabilityZone);
            Assert.Equal(AllocationState.Running, await cell.StateOfAsync(guid));
        });

    /// <summary>
    /// The LRP's grace period, the cell's maximum, and the time after which a process that ignores the stop signal is killed.
    /// </summary>
    [Theory]
    [InlineData(0, 600, 10)]
    [InlineData(2, 600, 2)]
    [InlineData(90, 600, 90)]
    [InlineData(90, 30, 30)]
    public void An_lrp_may_have_its_own_grace_within_the_cells_bound(int asked, int most, int killedAfter) =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world, cell => cell.Options.MaxGrace = TimeSpan.FromSeconds(most));
            var guid = await cell.PlaceAsync(CellBench.Lrp("deaf", lrp => lrp.GracePeriodMs = asked * 1000));
            await cell.Cell.StopLrpAsync(new LrpKey("web", 0), guid);
            await world.AdvanceAsync(killedAfter - 0.1);
            Assert.False(await cell.IsGoneAsync(guid));

            await world.AdvanceAsync(0.2);
            Assert.True(await cell.IsGoneAsync(guid));
        });

    /// <summary>The stop signal of the LRP, that of its image, and the signal that the process gets.</summary>
    [Theory]
    [InlineData("", "", 15)]
    [InlineData("", "SIGQUIT", 3)]
    [InlineData("", "nonsense", 15)]
    [InlineData("INT", "SIGQUIT", 2)]
    public void The_stop_signal_is_the_lrps_or_the_images(string own, string image, int signal) =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world, cell => cell.Script.StopSignal = image);
            var guid = await cell.PlaceAsync(CellBench.Lrp("slow:1", lrp => lrp.StopSignal = own));
            var process = (await cell.Runtime.FindProcessAsync(guid, "action", default))!;
            await cell.Cell.StopLrpAsync(new LrpKey("web", 0), guid);
            await world.AdvanceAsync(1);

            Assert.Equal(128 + signal, (await process.Exit).Code);
        });

    /// <summary>The LRP's action, the change to it, and the crash reason reported to the BBS.</summary>
    public static TheoryData<string, string, DesiredLRP> Crashes =>
        new()
        {
            { "an exit", "APP: Exited with status 3", CellBench.Lrp("exit:3@5") },
            { "an exit with success", "", CellBench.Lrp("exit:0@5") },
            { "want of memory", "APP: Exited with status 137 (out of memory)", CellBench.Lrp("oom") },
            { "a program that is not there", "no such file: missing", CellBench.Lrp("missing") },
            { "a failed setup", "LOG: Exited with status 2", CellBench.Lrp("forever", lrp => lrp.Setup = Run("exit:2@1")) },
            {
                "a failed sidecar",
                "LOG: Exited with status 4",
                CellBench.Lrp("forever", lrp => lrp.Sidecars.Add(new Sidecar { Action = Run("exit:4@2") }))
            },
            { "a sidecar's end", "", CellBench.Lrp("forever", lrp => lrp.Sidecars.Add(new Sidecar { Action = Run("exit:0@2") })) },
            {
                "a deaf neighbour",
                "LOG: Exited with status 4",
                CellBench.Lrp("deaf", lrp => lrp.Sidecars.Add(new Sidecar { Action = Run("exit:4@2") }))
            },
            {
                "a deaf neighbour of a success",
                "exceeded graceful shutdown interval",
                CellBench.Lrp("deaf", lrp => lrp.Sidecars.Add(new Sidecar { Action = Run("exit:0@2") }))
            },
            {
                "a check that never passes",
                "Instance never healthy after 5s: refused",
                CellBench.Lrp(
                    "forever",
                    lrp =>
                    {
                        lrp.CheckDefinition = new CheckDefinition { Checks = { Tcp(1) } };
                        lrp.StartTimeoutMs = 5000;
                    }
                )
            },
            {
                "a check of an exited process that never passes",
                "APP: Exited with status 1",
                CellBench.Lrp("exit:1@1", lrp => lrp.CheckDefinition = new CheckDefinition { Checks = { Tcp(1) } })
            },
            { "volumes", "failed to create container: disk is full", CellBench.Lrp("forever", lrp => lrp.ProcessGuid = "full") },
        };

    [Theory]
    [MemberData(nameof(Crashes))]
    public void Tells_why_it_ended_and_frees_what_it_held(string name, string reason, DesiredLRP lrp) =>
        VirtualWorld.Run(async world =>
        {
            _ = name;
            await using var cell = await CellBench.StartAsync(
                world,
                cell =>
                {
                    cell.Probe.Failures[1] = "refused";
                    cell.Script.Container = spec =>
                        spec.Properties["work.process_guid"] == "full"
                            ? new SimulatedContainerPlan { Failure = "disk is full" }
                            : SimulatedContainerPlan.Works;
                }
            );
            var guid = await cell.PlaceAsync(lrp);
            await world.AdvanceAsync(30);

            Assert.Equal($"crash {lrp.ProcessGuid}/0: {reason}", cell.Reports.Last());
            Assert.Equal(reason, cell.Bbs.Row(lrp.ProcessGuid).CrashReason);
            Assert.True(await cell.IsGoneAsync(guid));
            Assert.Equal((1000, 249), await cell.FreeAsync());
        });

    /// <summary>The LRP's action, and whether a retry could succeed.</summary>
    [Theory]
    [InlineData("missing", true)]
    [InlineData("bad image", true)]
    [InlineData("full", false)]
    [InlineData("exit:1", false)]
    public void Says_whether_the_work_itself_is_at_fault(string path, bool permanent) =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(
                world,
                cell =>
                    cell.Script.Container = spec =>
                        path switch
                        {
                            "bad image" => new SimulatedContainerPlan { BadWork = "the manifest names no layers" },
                            "full" => new SimulatedContainerPlan { Failure = "disk is full" },
                            _ => SimulatedContainerPlan.Works,
                        }
            );
            await cell.PlaceAsync(CellBench.Lrp(path));
            await world.AdvanceAsync(30);
            Assert.Equal(permanent ? ["web"] : [], cell.Bbs.Permanent);
        });

    [Fact]
    public void Without_a_check_it_runs_when_its_process_has_started_and_not_before() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await cell.PlaceAsync(CellBench.Lrp("forever", lrp => lrp.Setup = Run("exit:0@10")));
            await world.AdvanceAsync(9);
            Assert.Equal(ActualLrpStateNames.Claimed, cell.Bbs.Row("web").State);

            await world.AdvanceAsync(2);
            Assert.Equal(ActualLrpStateNames.Running, cell.Bbs.Row("web").State);
        });

    [Fact]
    public void A_stop_is_graceful_and_ends_in_the_rows_removal() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("slow:4"));
            await world.FinishAsync(cell.Cell.StopLrpAsync(new LrpKey("web", 0), guid), TimeSpan.Zero);
            await world.AdvanceAsync(3.9);
            Assert.Equal(AllocationState.Running, await cell.StateOfAsync(guid));

            await world.AdvanceAsync(0.2);
            Assert.Equal(["claim web/0", "start web/0", "remove web/0"], cell.Reports);
            Assert.True(await cell.IsGoneAsync(guid));
        });

    [Fact]
    public void Stopping_what_is_not_here_is_not_found() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));

            foreach (
                var (key, instance) in new[]
                {
                    (new LrpKey("web", 0), "unknown"),
                    (new LrpKey("web", 1), guid),
                    (new LrpKey("other", 0), guid),
                }
            )
            {
                var refusal = await Assert.ThrowsAsync<DomainException>(() => cell.Cell.StopLrpAsync(key, instance));
                Assert.Equal(ErrorKind.ResourceNotFound, refusal.Kind);
            }
        });

    [Fact]
    public void A_stop_during_creation_never_runs_anything() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(
                world,
                cell => cell.Script.Container = _ => new SimulatedContainerPlan { Takes = TimeSpan.FromSeconds(20) }
            );
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            await world.AdvanceAsync(5);
            await world.FinishAsync(cell.Cell.StopLrpAsync(new LrpKey("web", 0), guid), TimeSpan.Zero);
            await world.SettleAsync();

            Assert.Equal("remove web/0", cell.Reports.Last());
            Assert.Empty(cell.Started);
            Assert.True(await cell.IsGoneAsync(guid));
        });

    [Fact]
    public void A_slot_that_somebody_else_has_is_left_to_them() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            cell.Bbs.Desire(CellBench.Lrp("forever"));
            var row = cell.Bbs.Row("web");
            (row.State, row.ActualLrpInstanceKey) = (
                ActualLrpStateNames.Claimed,
                new ActualLRPInstanceKey { InstanceGuid = "other", CellId = "cell-2" }
            );

            var verdict = await cell.OfferAsync(CellBench.Offer("web"));

            Assert.Equal(["claim web/0"], cell.Reports);
            Assert.True(await cell.IsGoneAsync(verdict.Taken.Single().ContainerGuid));
            Assert.Empty(cell.Started);
        });

    [Fact]
    public void What_is_no_longer_desired_is_given_back() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            cell.Bbs.Desire(CellBench.Lrp("forever"));
            cell.Bbs.Desired.Clear();

            var verdict = await cell.OfferAsync(CellBench.Offer("web"));

            Assert.Equal(["claim web/0", "remove web/0"], cell.Reports);
            Assert.True(await cell.IsGoneAsync(verdict.Taken.Single().ContainerGuid));
        });

    [Fact]
    public void An_instance_whose_slot_was_given_away_is_stopped() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            cell.Bbs.Row("web").ActualLrpInstanceKey = new ActualLRPInstanceKey { InstanceGuid = "other", CellId = "cell-2" };
            await world.AdvanceAsync(31);

            Assert.Equal("remove web/0", cell.Reports.Last());
            Assert.True(await cell.IsGoneAsync(guid));
            Assert.Equal("other", cell.Bbs.Row("web").ActualLrpInstanceKey.InstanceGuid);
        });

    [Fact]
    public void A_reservation_that_nothing_comes_of_expires() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            // No row: it may still be created, so the refused claim does not end the reservation.
            var verdict = await cell.OfferAsync(CellBench.Offer("web"));
            await world.AdvanceAsync(50);
            Assert.False(await cell.IsGoneAsync(verdict.Taken.Single().ContainerGuid));

            await world.AdvanceAsync(45);
            Assert.Equal("crash web/0: expired container", cell.Reports.Last());
            Assert.True(await cell.IsGoneAsync(verdict.Taken.Single().ContainerGuid));
        });

    [Fact]
    public void New_routes_and_tags_are_told_at_once_and_survive_a_restart() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var guid = await cell.PlaceAsync(CellBench.Lrp("forever"));
            await world.FinishAsync(
                cell.Cell.UpdateLrpAsync(new LrpKey("web", 0), guid, ["new.internal"], new Dictionary<string, string> { ["k"] = "v" }),
                TimeSpan.Zero
            );
            await world.SettleAsync();
            Assert.Equal("new.internal", cell.Bbs.Row("web").ActualLrpInternalRoutes.Single().Hostname);

            cell.Bbs.Row("web").MetricTags.Clear();
            await cell.RestartRepAsync();
            await world.AdvanceAsync(31);
            Assert.Equal("v", cell.Bbs.Row("web").MetricTags["k"]);
        });

    [Fact]
    public void Readiness_checks_turn_routing_on_and_off_and_never_end_the_container() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world, cell => cell.Probe.Failures[2] = "not yet");
            await cell.PlaceAsync(
                CellBench.Lrp("forever", lrp => lrp.CheckDefinition = new CheckDefinition { ReadinessChecks = { Tcp(2) } })
            );
            Assert.False(cell.Bbs.Row("web").Routable);

            cell.Probe.Failures.Clear();
            await world.AdvanceAsync(2);
            Assert.True(cell.Bbs.Row("web").Routable);

            cell.Probe.Failures[2] = "busy";
            await world.AdvanceAsync(30);
            Assert.False(cell.Bbs.Row("web").Routable);
            Assert.Equal(["claim web/0", "start web/0 unroutable", "start web/0", "start web/0 unroutable"], cell.Reports);
            Assert.Equal(ActualLrpStateNames.Running, cell.Bbs.Row("web").State);
        });

    [Fact]
    public void A_quiet_cell_is_quiet_towards_the_BBS() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await cell.PlaceAsync(CellBench.Lrp("forever"));
            await world.AdvanceAsync(600);

            Assert.Equal(["claim web/0", "start web/0"], cell.Reports);
        });

    [Fact]
    public void A_container_that_vanishes_is_missing() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            // The action of a daemon has ended, so no process is watched: only the comparison with the runtime can detect the loss.
            var guid = await cell.PlaceAsync(
                CellBench.Lrp("exit:0", lrp => lrp.CheckDefinition = new CheckDefinition { Checks = { Tcp(1) } })
            );
            Assert.Equal(AllocationState.Running, await cell.StateOfAsync(guid));
            await cell.Runtime.DestroyAsync(guid, default);
            await world.AdvanceAsync(31);

            Assert.Equal("crash web/0: missing garden container", cell.Reports.Last());
        });

    [Fact]
    public void Containers_that_nobody_knows_are_destroyed_but_not_those_of_others() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            await cell.Runtime.CreateAsync(
                new()
                {
                    Handle = "lost",
                    RootFs = CellBench.RootFs,
                    Properties = new Dictionary<string, string> { ["executor:owner"] = "executor" },
                },
                default
            );
            await cell.Runtime.CreateAsync(new() { Handle = "foreign", RootFs = CellBench.RootFs }, default);
            await world.AdvanceAsync(31);

            Assert.Null(await cell.Runtime.GetAsync("lost", default));
            Assert.NotNull(await cell.Runtime.GetAsync("foreign", default));
        });
}
