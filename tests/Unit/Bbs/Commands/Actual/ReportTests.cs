using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.State;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Bbs.Commands.Actual;

/// <summary>What reports write, tell and cause, beyond the state that they lead to.</summary>
public sealed class ReportTests
{
    private static readonly ActualLRPInstanceKey Own = A.Instance("own");

    [Fact]
    public void A_claim_is_a_new_version_and_its_repetition_is_none()
    {
        var bench = TransitionTests.In("UNCLAIMED");
        bench.Do(new FailActualLrp(new FailActualLRPRequest { ActualLrpKey = A.Key("web"), ErrorMessage = "insufficient resources" }));
        var before = bench.Row("web")!;
        bench.Time.Advance(TimeSpan.FromSeconds(5));

        var answer = bench.Do(new ClaimActualLrp(A.Claim("web", 0, Own)));

        var claimed = bench.Row("web")!;
        Assert.Equal("web", answer.DesiredLrp.ProcessGuid);
        Assert.Equal(before.ModificationTag.Index + 1, claimed.ModificationTag.Index);
        Assert.Equal(5_000_000_000, claimed.Since - before.Since);
        Assert.Empty(claimed.PlacementError);
        Assert.Equal(["changed UNCLAIMED -> CLAIMED"], bench.EventNames());

        bench.Do(new ClaimActualLrp(A.Claim("web", 0, Own)));
        Assert.Same(claimed, bench.Row("web"));
        Assert.Empty(bench.Events);
    }

    [Fact]
    public void A_claim_of_what_nobody_desires_any_more_brings_nothing_to_run()
    {
        var bench = TransitionTests.In("UNCLAIMED");
        bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
        bench.Do(new RemoveDesiredLrp("web"));
        Assert.Null(bench.Do(new ClaimActualLrp(A.Claim("web", 0, Own))).DesiredLrp);
    }

    [Fact]
    public void A_start_carries_everything_that_the_rep_says()
    {
        var bench = TransitionTests.In("CLAIMED");
        var start = A.Start("web", 0, Own);
        start.MetricTags.Add("source_id", "web");
        start.ActualLrpInternalRoutes.Add(new ActualLRPInternalRoute { Hostname = "web.apps.internal" });
        start.Routable = false;

        bench.Do(new StartActualLrp(start));

        var row = bench.Row("web")!;
        Assert.Equal(("RUNNING", "z1", false), (row.State, row.AvailabilityZone, row.Routable));
        Assert.Equal(start.ActualLrpNetInfo, row.ActualLrpNetInfo);
        Assert.Equal(start.MetricTags, row.MetricTags);
        Assert.Equal(start.ActualLrpInternalRoutes, row.ActualLrpInternalRoutes);
        Assert.Equal(["changed CLAIMED -> RUNNING"], bench.EventNames());
    }

    [Fact]
    public void A_start_that_says_nothing_of_readiness_is_routable_and_its_repetition_changes_nothing()
    {
        var bench = TransitionTests.In("RUNNING");
        var running = bench.Row("web")!;
        Assert.True(running.Routable);
        bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
        Assert.Same(running, bench.Row("web"));
    }

    [Theory]
    [InlineData("routable")]
    [InlineData("zone")]
    [InlineData("tags")]
    [InlineData("routes")]
    [InlineData("ports")]
    public void A_start_that_differs_in_anything_is_a_new_version(string what)
    {
        var bench = TransitionTests.In("RUNNING");
        var before = bench.Row("web")!;
        var start = A.Start("web", 0, Own);
        switch (what)
        {
            case "routable":
                start.Routable = false;
                break;
            case "zone":
                start.AvailabilityZone = "z2";
                break;
            case "tags":
                start.MetricTags.Add("a", "b");
                break;
            case "routes":
                start.ActualLrpInternalRoutes.Add(new ActualLRPInternalRoute { Hostname = "a" });
                break;
            default:
                start.ActualLrpNetInfo.Ports[0].HostPort++;
                break;
        }
        bench.Do(new StartActualLrp(start));
        Assert.Equal(before.ModificationTag.Index + 1, bench.Row("web")!.ModificationTag.Index);
        Assert.Equal(["changed RUNNING -> RUNNING"], bench.EventNames());
    }

    [Fact]
    public void A_start_without_a_row_makes_one_even_if_nobody_desires_it()
    {
        var bench = new StateBench();
        bench.Do(new StartActualLrp(A.Start("stray", 3, Own)));
        Assert.Equal("RUNNING", bench.Row("stray", 3)?.State);
        Assert.Equal(["created RUNNING"], bench.EventNames());
    }

    [Theory]
    [InlineData(1, "UNCLAIMED", "crashed 1", "created UNCLAIMED", "removed RUNNING")]
    [InlineData(2, "UNCLAIMED", "crashed 2", "created UNCLAIMED", "removed RUNNING")]
    [InlineData(3, "CRASHED", "crashed 3", "changed RUNNING -> CRASHED", null)]
    public void Two_crashes_restart_at_once_and_the_third_waits(int crash, string state, string first, string second, string? third)
    {
        var bench = TransitionTests.In("RUNNING");
        for (var n = 1; n <= crash; n++)
        {
            bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
            bench.Do(new CrashActualLrp(A.Crash("web", 0, Own)));
        }
        Assert.Equal(third is null ? [first, second] : [first, second, third], bench.EventNames());
        Assert.Equal(
            (state, crash, "exited with 1"),
            (bench.Row("web")!.State, bench.Row("web")!.CrashCount, bench.Row("web")!.CrashReason)
        );
        Assert.Equal(state == "UNCLAIMED" ? [new FollowUp.AuctionLrp(new LrpKey("web", 0))] : [], bench.FollowUps);
    }

    [Fact]
    public void A_crash_that_is_the_works_own_fault_waits_from_the_first()
    {
        var bench = TransitionTests.In("RUNNING");
        var crash = A.Crash("web", 0, Own, "no such file: /bin/nope");
        crash.Permanent = true;
        bench.Do(new CrashActualLrp(crash));
        Assert.Equal(
            ("CRASHED", RestartPolicy.ImmediateRestarts, "no such file: /bin/nope"),
            (bench.Row("web")!.State, bench.Row("web")!.CrashCount, bench.Row("web")!.CrashReason)
        );
        Assert.Empty(bench.FollowUps);
        Assert.Equal(RestartPolicy.BackoffMin, RestartPolicy.Backoff(bench.Row("web")!.CrashCount));
    }

    [Fact]
    public void A_crash_of_what_is_not_desired_any_more_takes_the_row_with_it()
    {
        var bench = TransitionTests.In("RUNNING");
        bench.Do(new RemoveDesiredLrp("web"));
        bench.Do(new CrashActualLrp(A.Crash("web", 0, Own)));
        Assert.Null(bench.Row("web"));
        Assert.Equal(["crashed 1", "removed RUNNING"], bench.EventNames());
        Assert.DoesNotContain(bench.FollowUps, followUp => followUp is FollowUp.AuctionLrp);
    }

    [Fact]
    public void Five_minutes_of_running_make_a_crash_the_first_again()
    {
        var bench = TransitionTests.In("RUNNING");
        bench.Do(new CrashActualLrp(A.Crash("web", 0, Own)));
        bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
        bench.Time.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromMilliseconds(1));
        bench.Do(new CrashActualLrp(A.Crash("web", 0, Own)));
        Assert.Equal(1, bench.Row("web")!.CrashCount);
    }

    [Fact]
    public void A_long_reason_is_cut_in_the_row_and_whole_in_the_crash_event()
    {
        var bench = TransitionTests.In("RUNNING");
        var reason = new string('é', 800);
        bench.Do(new CrashActualLrp(A.Crash("web", 0, Own, reason)));
        var kept = bench.Row("web")!.CrashReason;
        Assert.EndsWith("(truncated)", kept, StringComparison.Ordinal);
        Assert.True(System.Text.Encoding.UTF8.GetByteCount(kept) <= 1_024);
        Assert.Equal(reason, bench.Events[0].ActualLrpCrashed.CrashReason);
    }

    [Theory]
    [InlineData(1_023, false)]
    [InlineData(1_024, true)]
    public void A_reason_is_cut_from_1024_bytes_on(int length, bool cut)
    {
        var kept = Scheduler.Bbs.Text.Truncate(new string('x', length));
        Assert.Equal(cut, kept.EndsWith("(truncated)", StringComparison.Ordinal));
        Assert.Equal(length, kept.Length);
    }

    [Fact]
    public void A_failed_placement_says_why_and_keeps_waiting()
    {
        var bench = TransitionTests.In("UNCLAIMED");
        bench.Do(
            new FailActualLrp(new FailActualLRPRequest { ActualLrpKey = A.Key("web"), ErrorMessage = "insufficient resources: memory" })
        );
        Assert.Equal("insufficient resources: memory", bench.Row("web")!.PlacementError);
        Assert.Equal(["changed UNCLAIMED -> UNCLAIMED"], bench.EventNames());
        Assert.Empty(bench.FollowUps);
    }

    [Theory]
    [InlineData("claim")]
    [InlineData("start")]
    public void A_suspects_own_reports_are_taken_and_change_nothing(string report)
    {
        var bench = Suspected();
        var before = bench.State;
        if (report == "claim")
            bench.Do(new ClaimActualLrp(A.Claim("web", 0, Own)));
        else
            bench.Do(new StartActualLrp(A.Start("web", 0, Own)));
        Assert.Same(before, bench.State);
    }

    [Fact]
    public void A_suspects_crash_removes_it_without_a_restart()
    {
        var bench = Suspected();
        bench.Do(new CrashActualLrp(A.Crash("web", 0, Own)));
        Assert.Null(bench.Row("web", 0, LrpPresence.Suspect));
        Assert.Equal("UNCLAIMED", bench.Row("web")!.State);
        Assert.Equal(["removed RUNNING/Suspect"], bench.EventNames());
        Assert.Empty(bench.FollowUps);
    }

    [Fact]
    public void A_suspects_removal_by_its_rep_finds_no_row()
    {
        var bench = Suspected();
        var remove = new RemoveActualLRPRequest { ProcessGuid = "web", ActualLrpInstanceKey = Own };
        Assert.Equal(ErrorKind.ResourceNotFound, bench.Refusal(new RemoveActualLrp(remove)));
    }

    [Fact]
    public void The_replacement_that_starts_ends_the_suspect()
    {
        var bench = Suspected();
        bench.Do(new StartActualLrp(A.Start("web", 0, A.Instance("new", "cell-2"))));
        Assert.Null(bench.Row("web", 0, LrpPresence.Suspect));
        Assert.Equal(["changed UNCLAIMED -> RUNNING", "removed RUNNING/Suspect"], bench.EventNames());
    }

    [Fact]
    public void A_version_keeps_every_field_that_it_does_not_change()
    {
        var row = new ActualLRP
        {
            ActualLrpKey = A.Key("web"),
            ActualLrpInstanceKey = Own,
            ActualLrpNetInfo = A.NetInfo(),
            CrashCount = 1,
            CrashReason = "r",
            State = "RUNNING",
            PlacementError = "p",
            Since = 2,
            ModificationTag = new Scheduler.Contracts.V1.ModificationTag { Epoch = "e", Index = 3 },
            Presence = ActualLRP.Types.Presence.Suspect,
            ActualLrpInternalRoutes = { new ActualLRPInternalRoute { Hostname = "h" } },
            MetricTags = { ["a"] = "b" },
            Routable = true,
            AvailabilityZone = "z",
        };
        // A field that is added to the contract and not to the copy shows here.
        Assert.All(ActualLRP.Descriptor.Fields.InDeclarationOrder(), field => Assert.NotNull(field.Accessor.GetValue(row)));
        Assert.Equal(14, ActualLRP.Descriptor.Fields.InDeclarationOrder().Count);
        Assert.Equal(row, ActualLrpRows.Copy(row));
    }

    private static StateBench Suspected()
    {
        var bench = TransitionTests.In("RUNNING");
        bench.Suspect("web");
        return bench;
    }
}
