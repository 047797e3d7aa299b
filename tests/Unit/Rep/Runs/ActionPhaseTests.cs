using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Steps;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep.Runs;

public sealed class ActionPhaseTests
{
    /// <summary>Steps do not handle a full disk as a failure; the sidecar must nevertheless not run on without its action.</summary>
    [Fact]
    public async Task A_member_that_breaks_ends_the_others()
    {
        var entry = new JournalEntry
        {
            ContainerGuid = "c",
            Domain = "d",
            Demand = new Demand("", 0, 0),
            Work = [],
        };
        var journal = new ContainerJournal(new MemoryJournal(TimeProvider.System, Guid.NewGuid), entry, _ => { });
        var phase = new ActionPhase(
            "c",
            [new BreakingStep(), new EndlessStep()],
            null,
            null,
            journal,
            new NobodyListens(),
            TimeProvider.System
        );

        var error = await phase.RunAsync(new StopSignal(), CancellationToken.None).WaitAsync(Wait.Patience);

        Assert.Contains("the disk is full", error!.Message);
        Assert.Equal(0, journal.Entry.Ending!.Member);
    }

    private sealed class BreakingStep : Step
    {
        public override async Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach)
        {
            await Task.Yield();
            throw new IOException("the disk is full");
        }
    }

    private sealed class EndlessStep : Step
    {
        public override async Task<StepResult> RunAsync(StopSignal stop, Action ready, CancellationToken detach)
        {
            ready();
            await stop.Requested;
            return StepResult.Of(StepError.Cancelled);
        }
    }

    private sealed class NobodyListens : IRunEvents
    {
        public Task CreatedAsync(string containerGuid, ContainerInfo container) => Task.CompletedTask;

        public Task RunningAsync(string containerGuid, bool routable) => Task.CompletedTask;

        public Task RoutableAsync(string containerGuid, bool routable) => Task.CompletedTask;

        public Task CompletedAsync(string containerGuid, Outcome outcome) => Task.CompletedTask;
    }
}
