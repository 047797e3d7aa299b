using Microsoft.Extensions.Time.Testing;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;

namespace Scheduler.Tests.Unit.Rep.Runtime.Simulated;

public sealed class SimulatedRuntimeTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly FakeTimeProvider _time = new();
    private readonly SimulationScript _script = new();
    private readonly SimulatedRuntime _runtime;

    public SimulatedRuntimeTests() => _runtime = new SimulatedRuntime(_script, _time);

    [Fact]
    public async Task Ends_a_process_when_its_time_is_up()
    {
        _script.Process = (_, _, _) =>
            new SimulatedProcessPlan
            {
                RunsFor = TimeSpan.FromMinutes(5),
                ExitCode = 3,
                Output = ["hello"],
            };
        await _runtime.CreateAsync(Spec("c"), None);
        var process = await _runtime.StartProcessAsync("c", "p", Program, None);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.False(process.Exit.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(new ProcessExit(3), await process.Exit);
        await foreach (var line in _runtime.LogsAsync("c", "p", LogCursor.Start, follow: true, None))
            Assert.Equal("hello", line.Text);
    }

    [Fact]
    public async Task Terminates_when_asked_or_only_when_killed()
    {
        _script.Process = (_, id, _) => new SimulatedProcessPlan { TerminateTakes = id == "polite" ? TimeSpan.FromSeconds(2) : null };
        await _runtime.CreateAsync(Spec("c"), None);
        var polite = await _runtime.StartProcessAsync("c", "polite", Program, None);
        var stubborn = await _runtime.StartProcessAsync("c", "stubborn", Program, None);
        await polite.SignalAsync(ProcessSignal.Terminate, None);
        await stubborn.SignalAsync(ProcessSignal.Terminate, None);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(15, (await polite.Exit).Signal);
        Assert.False(stubborn.Exit.IsCompleted);
        Assert.True(await stubborn.SignalAsync(ProcessSignal.Kill, None));
        Assert.Equal(9, (await stubborn.Exit).Signal);
    }

    [Fact]
    public async Task Is_idempotent_by_handle_and_by_process_id()
    {
        var first = await _runtime.CreateAsync(Spec("c"), None);
        Assert.Equal(first.Ports, (await _runtime.CreateAsync(Spec("c"), None)).Ports);
        Assert.Equal(
            ErrorKind.ResourceConflict,
            (await Assert.ThrowsAsync<DomainException>(() => _runtime.CreateAsync(Spec("c") with { Ports = [] }, None))).Kind
        );
        Assert.Same(await _runtime.StartProcessAsync("c", "p", Program, None), await _runtime.StartProcessAsync("c", "p", Program, None));
    }

    [Fact]
    public async Task Fails_as_the_script_says_and_keeps_nothing()
    {
        _script.Container = _ => new SimulatedContainerPlan { Failure = "no disk" };
        Assert.Equal("no disk", (await Assert.ThrowsAsync<ContainerRuntimeException>(() => _runtime.CreateAsync(Spec("c"), None))).Message);
        Assert.Empty(await _runtime.ListAsync(None));

        _script.Container = _ => SimulatedContainerPlan.Works;
        _script.Process = (_, _, _) => new SimulatedProcessPlan { StartFailure = "no such program" };
        await _runtime.CreateAsync(Spec("c"), None);
        await Assert.ThrowsAsync<ProcessStartException>(() => _runtime.StartProcessAsync("c", "p", Program, None));
        Assert.Null(await _runtime.FindProcessAsync("c", "p", None));
    }

    [Fact]
    public async Task Crashes_on_demand_and_gives_ports_back_when_destroyed()
    {
        var info = await _runtime.CreateAsync(Spec("c"), None);
        var process = await _runtime.StartProcessAsync("c", "p", Program, None);
        Assert.True(_runtime.Crash("c", "p", 137, outOfMemory: true));
        Assert.Equal(new ProcessExit(137, OutOfMemory: true), await process.Exit);
        await _runtime.DestroyAsync("c", None);
        await _runtime.DestroyAsync("c", None);
        Assert.Equal(info.Ports, (await _runtime.CreateAsync(Spec("d"), None)).Ports);
    }

    private static ProcessSpec Program => new() { Path = "/bin/app" };

    private static ContainerSpec Spec(string handle) =>
        new()
        {
            Handle = handle,
            RootFs = "preloaded:any",
            Ports = [8080],
        };
}
