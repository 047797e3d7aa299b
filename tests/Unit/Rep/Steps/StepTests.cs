using Scheduler.Hosting;
using Scheduler.Rep.Steps;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.TestKit.Rep.Actions;

namespace Scheduler.Tests.Unit.Rep.Steps;

public sealed class StepTests
{
    private static void Stops(string path, TimeSpan delay, double seconds, string line, object kind) =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            bench.StopDelay = delay;
            var running = bench.RunAsync(Run(path));
            await world.AdvanceAsync(5);
            bench.Stop.Request(world.Now);

            var asked = world.Now;
            var result = await world.ResultAsync(running, Long);

            Assert.Equal((StepErrorKind)kind, result.Error?.Kind);
            Assert.Equal(seconds, (world.Now - asked).TotalSeconds);
            Assert.Equal([line], bench.Lines);
        });

    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    /// <summary>The action, its error (null: success), and its duration in seconds.</summary>
    public static TheoryData<string, LrpAction, string?, double> Endings =>
        new()
        {
            { "run", Run("exit:0"), null, 0 },
            { "run fails", Run("exit:3"), "APP: Exited with status 3", 0 },
            { "run fails with own source", Run("exit:3", "APP/PROC/WEB"), "APP/PROC/WEB: Exited with status 3", 0 },
            { "run out of memory", Run("oom"), "APP: Exited with status 137 (out of memory)", 1 },
            { "run cannot start", Run("missing"), "no such file: missing", 0 },
            { "nothing to do", new LrpAction(), "invalid action type", 0 },
            { "serial", Serial(Run("exit:0@2"), Run("exit:0@3")), null, 5 },
            { "serial stops at the first error", Serial(Run("exit:0@2"), Run("exit:1"), Run("exit:0@5")), "APP: Exited with status 1", 2 },
            { "serial of nothing", Serial(), null, 0 },
            { "parallel", Parallel(Run("exit:0@2"), Run("exit:0@3")), null, 3 },
            {
                "parallel waits for all and joins",
                Parallel(Run("exit:1"), Run("exit:0@3"), Run("exit:2@4")),
                "APP: Exited with status 1; APP: Exited with status 2",
                4
            },
            {
                "codependent ends with its first, even if that succeeds",
                Codependent(Run("exit:0@2"), Run("forever")),
                "Codependent step exited",
                2
            },
            { "codependent tells the first failure", Codependent(Run("forever"), Run("exit:7@2")), "APP: Exited with status 7", 2 },
            { "codependent kills the deaf", Codependent(Run("deaf"), Run("exit:0@2")), "Codependent step exited", 12 },
            { "try", Try(Run("exit:1@2")), null, 2 },
            { "try in serial goes on", Serial(Try(Run("exit:1@2")), Run("exit:0@2")), null, 4 },
            { "timeout not reached", Timeout(Run("exit:0@2"), TimeSpan.FromSeconds(3)), null, 2 },
            { "timeout", Timeout(Run("forever"), TimeSpan.FromSeconds(60)), "exceeded 1m0s timeout", 60 },
            {
                "timeout of the deaf",
                Timeout(Run("deaf"), TimeSpan.FromSeconds(2)),
                "exceeded 2s timeout; exceeded graceful shutdown interval",
                12
            },
            { "timeout of a slow stop", Timeout(Run("slow:4"), TimeSpan.FromSeconds(2)), "exceeded 2s timeout", 6 },
            { "failure before the timeout", Timeout(Run("exit:5@1"), TimeSpan.FromSeconds(2)), "APP: Exited with status 5", 1 },
            { "progress", Progress(Run("exit:9"), failure: "staging failed"), "APP: Exited with status 9", 0 },
            { "inner timeout in try", Serial(Try(Timeout(Run("forever"), TimeSpan.FromSeconds(2))), Run("exit:0@1")), null, 3 },
        };

    [Theory]
    [MemberData(nameof(Endings))]
    public void Ends_as_its_kind_says(string name, LrpAction action, string? error, double seconds) =>
        VirtualWorld.Run(async world =>
        {
            _ = name;
            var bench = await StepBench.CreateAsync(world);
            var began = world.Now;

            var result = await world.ResultAsync(bench.RunAsync(action), Long);

            Assert.Equal(error, result.Error?.Message);
            Assert.Equal(seconds, (world.Now - began).TotalSeconds);
        });

    /// <summary>However often and whenever the rep is replaced: the same result, and every process is started once.</summary>
    [Theory]
    [MemberData(nameof(Endings))]
    public void Ends_the_same_when_the_rep_restarts_in_the_middle(string name, LrpAction action, string? error, double seconds) =>
        VirtualWorld.Run(async world =>
        {
            _ = name;
            for (var at = 0.0; at <= seconds; at += 0.5)
            {
                var bench = await StepBench.CreateAsync(world);
                var began = world.Now;
                using var rep = new CancellationTokenSource();
                var first = bench.RunAsync(action, rep.Token);
                await world.AdvanceAsync(at);
                rep.Cancel();
                if (!first.IsCompleted)
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

                var result = await world.ResultAsync(bench.RunAsync(action), Long);

                Assert.Equal(error, result.Error?.Message);
                Assert.True(
                    Math.Abs(seconds - (world.Now - began).TotalSeconds) < 0.001,
                    $"restarted at {at}: {(world.Now - began).TotalSeconds}"
                );
                if (error != "no such file: missing")
                    Assert.Equal(bench.Started.Distinct(), bench.Started);
            }
        });

    [Fact]
    public void Processes_are_named_by_their_place_in_the_tree() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            await world.FinishAsync(
                bench.RunAsync(Serial(Run("exit:0"), Parallel(Try(Run("exit:0")), Timeout(Run("exit:0"), Long)))),
                Long
            );

            Assert.Equal(["action.0", "action.1.0.0", "action.1.1.0"], bench.Started);
        });

    [Theory]
    [InlineData("exit:4", "APP: Exit status 4")]
    [InlineData("exit:0", "APP: Exit status 0")]
    [InlineData("oom", "APP: Exit status 137 (out of memory)")]
    [InlineData("missing", "APP: failed-creating-process: no such file: missing")]
    public void Tells_in_the_log_how_a_process_ended(string path, string line) =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            await world.FinishAsync(bench.RunAsync(Run(path)), Long);

            Assert.Equal([line], bench.Lines);
        });

    [Theory]
    [InlineData("forever", 0, "APP: Exit status 143", StepErrorKind.Cancelled)]
    [InlineData("slow:4", 4, "APP: Exit status 143", StepErrorKind.Cancelled)]
    [InlineData("slow:11", 10, "APP: Exit status 137 (exceeded 10s graceful shutdown interval)", StepErrorKind.KilledAfterGrace)]
    [InlineData("deaf", 10, "APP: Exit status 137 (exceeded 10s graceful shutdown interval)", StepErrorKind.KilledAfterGrace)]
    public void A_stopped_process_gets_its_grace_and_then_is_killed(string path, double seconds, string line, object kind) =>
        Stops(path, TimeSpan.Zero, seconds, line, kind);

    [Theory]
    [InlineData("forever", 3, "APP: Exit status 143", StepErrorKind.Cancelled)]
    [InlineData("slow:4", 7, "APP: Exit status 143", StepErrorKind.Cancelled)]
    [InlineData("deaf", 13, "APP: Exit status 137 (exceeded 10s graceful shutdown interval)", StepErrorKind.KilledAfterGrace)]
    [InlineData("exit:0@7", 2, "APP: Exit status 0", StepErrorKind.Cancelled)]
    public void A_stop_may_wait_before_its_signal(string path, double seconds, string line, object kind) =>
        Stops(path, TimeSpan.FromSeconds(3), seconds, line, kind);

    [Fact]
    public void The_wait_before_the_signal_goes_on_over_a_restart_of_the_rep() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            bench.StopDelay = TimeSpan.FromSeconds(3);
            using var rep = new CancellationTokenSource();
            var first = bench.RunAsync(Run("forever"), rep.Token);
            await world.AdvanceAsync(1);
            await bench.Journal.UpdateAsync(entry => entry with { StopRequestedAt = world.Now });
            bench.Stop.Request(world.Now);
            await world.AdvanceAsync(2);
            rep.Cancel();
            await Waits.EndAsync(first);

            var restarted = world.Now;
            await world.ResultAsync(bench.RunAsync(Run("forever")), Long);

            Assert.Equal(1, (world.Now - restarted).TotalSeconds);
        });

    [Fact]
    public void The_grace_goes_on_over_a_restart_of_the_rep() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            using var rep = new CancellationTokenSource();
            var first = bench.RunAsync(Run("deaf"), rep.Token);
            await world.AdvanceAsync(1);
            await bench.Journal.UpdateAsync(entry => entry with { StopRequestedAt = world.Now });
            bench.Stop.Request(world.Now);
            await world.AdvanceAsync(7);
            rep.Cancel();
            await Waits.EndAsync(first);

            var restarted = world.Now;
            var result = await world.ResultAsync(bench.RunAsync(Run("deaf")), Long);

            Assert.Equal(StepErrorKind.KilledAfterGrace, result.Error?.Kind);
            Assert.Equal(3, (world.Now - restarted).TotalSeconds);
        });

    [Fact]
    public void A_stop_starts_nothing_more() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            var running = bench.RunAsync(Serial(Try(Run("forever")), Run("exit:0")));
            await world.AdvanceAsync(1);
            bench.Stop.Request(world.Now);

            Assert.Equal(StepErrorKind.Cancelled, (await world.ResultAsync(running, Long)).Error?.Kind);
            Assert.Equal(["action.0.0"], bench.Started);
        });

    [Fact]
    public void A_destroyed_container_is_a_missing_one() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            var running = bench.RunAsync(Run("forever"));
            await world.AdvanceAsync(1);
            await bench.Runtime.DestroyAsync(StepBench.Handle, default);

            Assert.Equal(ExitReasons.MissingContainer, (await world.ResultAsync(running, Long)).Error?.Message);
        });

    [Fact]
    public void Progress_is_told_once_over_restarts() =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            var action = Progress(Run("exit:1@2"), start: "begins", success: "well", failure: "failed");
            using var rep = new CancellationTokenSource();
            var first = bench.RunAsync(action, rep.Token);
            await world.AdvanceAsync(1);
            Assert.Equal(["APP: begins"], bench.Lines);
            rep.Cancel();
            await Waits.EndAsync(first);

            await world.FinishAsync(bench.RunAsync(action), Long);

            Assert.Equal(["APP: Exit status 1", "APP: failed: APP: Exited with status 1"], bench.Lines);
        });

    /// <summary>Time at which the action counts as started, in seconds.</summary>
    public static TheoryData<LrpAction, double> Readiness =>
        new()
        {
            { Run("forever"), 0 },
            { Serial(Run("exit:0@3"), Run("forever")), 3 },
            { Parallel(Run("forever"), Serial(Run("exit:0@2"), Run("forever"))), 2 },
            { Codependent(Run("forever"), Run("forever")), 0 },
            { Try(Timeout(Progress(Run("forever")), Long)), 0 },
        };

    [Theory]
    [MemberData(nameof(Readiness))]
    public void Is_ready_when_the_last_thing_it_starts_has_started(LrpAction action, double seconds) =>
        VirtualWorld.Run(async world =>
        {
            var bench = await StepBench.CreateAsync(world);
            _ = bench.RunAsync(action);
            if (seconds > 0)
            {
                await world.AdvanceAsync(seconds - 0.5);
                Assert.False(bench.Ready);
                await world.AdvanceAsync(0.5);
            }

            await world.SettleAsync();
            Assert.True(bench.Ready);
        });

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(0.2, "200ms")]
    [InlineData(0.0005, "500µs")]
    [InlineData(1.5, "1.5s")]
    [InlineData(10, "10s")]
    [InlineData(60, "1m0s")]
    [InlineData(3723.25, "1h2m3.25s")]
    [InlineData(-5, "-5s")]
    public void Durations_read_as_in_Go(double seconds, string text) =>
        Assert.Equal(text, GoDuration.Format(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Joined_errors_leave_out_what_only_follows_from_the_others()
    {
        var crash = new StepError("crash");
        Assert.Null(StepError.Join([]));
        Assert.Equal(StepError.Cancelled, StepError.Join([StepError.Cancelled, StepError.Cancelled]));
        Assert.Equal("crash", StepError.Join([StepError.Cancelled, crash])!.Message);
        Assert.Equal("crash", StepError.Join([StepError.KilledAfterGrace, crash])!.Message);
        Assert.Equal(
            "exceeded graceful shutdown interval",
            StepError.Join([StepError.KilledAfterGrace, StepError.KilledAfterGrace])!.Message
        );
        Assert.Equal("crash; crash", StepError.Join([crash, StepError.Cancelled, crash])!.Message);
    }
}
