using Scheduler.Client.Rollouts;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Tests.Cli.Client.Rollouts;

public class SightingsTests
{
    private readonly Clock _clock = new();
    private readonly Sightings _sightings;

    public SightingsTests() => _sightings = new(new RolloutTimes(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(2)), _clock);

    [Fact]
    public void A_new_instance_counts_once_it_has_run_for_a_while()
    {
        var row = Running(0, "a");
        Assert.False(Arriving(row).IsAvailable);
        _clock.Pass(1.9);
        Assert.False(Arriving(row).IsAvailable);
        _clock.Pass(0.1);
        Assert.True(Arriving(row).IsAvailable);

        // Its successor begins anew, and so does one that was not ready for a moment.
        Assert.False(Arriving(Running(0, "b")).IsAvailable);
        _clock.Pass(2);
        Assert.True(Arriving(Running(0, "b")).IsAvailable);
        var notReady = Running(0, "b");
        notReady.Routable = false;
        Assert.False(Arriving(notReady).IsAvailable);
        Assert.False(Arriving(Running(0, "b")).IsAvailable);
    }

    [Fact]
    public void One_that_has_crashed_must_run_for_longer()
    {
        var row = Running(0, "a");
        row.CrashCount = 1;
        Arriving(row);
        _clock.Pass(9.9);
        Assert.False(Arriving(row).IsAvailable);
        _clock.Pass(0.1);
        Assert.True(Arriving(row).IsAvailable);
    }

    [Fact]
    public void An_old_instance_counts_at_once() => Assert.True(Leaving(Running(0, "a")).IsAvailable);

    [Fact]
    public void An_old_instance_is_stuck_when_it_has_crashed_often_or_is_missing_for_long()
    {
        var waiting = new ActualLRP
        {
            ActualLrpKey = new ActualLRPKey { ProcessGuid = "web", Index = 0 },
            State = ActualLrpStateNames.Unclaimed,
            PlacementError = "found no room",
        };
        Assert.Equal(new SlotView(0, false, Trouble: "found no room"), Leaving(waiting));
        _clock.Pass(29.9);
        Assert.False(Leaving(waiting).IsStuck);
        _clock.Pass(0.1);
        Assert.True(Leaving(waiting).IsStuck);
        Assert.False(Leaving(Running(0, "a")).IsStuck);
        Assert.False(Leaving(waiting).IsStuck);

        waiting.CrashCount = 3;
        waiting.CrashReason = "exited with status 1";
        Assert.Equal(new SlotView(0, false, IsStuck: true, 3, "exited with status 1"), Leaving(waiting));
    }

    [Fact]
    public void A_short_timeout_shortens_the_wait() =>
        Assert.Equal(TimeSpan.FromSeconds(5), new RolloutTimes(TimeSpan.FromSeconds(10), TimeSpan.Zero).Stuck);

    [Fact]
    public void Two_rows_of_an_instance_that_moves_are_one()
    {
        var leaving = Running(0, "a");
        leaving.Presence = ActualLRP.Types.Presence.Evacuating;
        var replacement = Running(0, "b");
        replacement.State = ActualLrpStateNames.Claimed;
        var view = _sightings.Look(new DesiredLRP { ProcessGuid = "web", Instances = 1 }, [replacement, leaving], isArriving: false);
        Assert.Equal(1, view.Held);
        Assert.Equal(1, view.Available);
    }

    private SlotView Arriving(ActualLRP row) => Look(row, isArriving: true);

    private SlotView Leaving(ActualLRP row) => Look(row, isArriving: false);

    private SlotView Look(ActualLRP row, bool isArriving) =>
        Assert.Single(_sightings.Look(new DesiredLRP { ProcessGuid = "web", Instances = 1 }, [row], isArriving).Slots);

    private static ActualLRP Running(int index, string instance) =>
        new()
        {
            ActualLrpKey = new ActualLRPKey { ProcessGuid = "web", Index = index },
            ActualLrpInstanceKey = new ActualLRPInstanceKey { InstanceGuid = instance, CellId = "cell-1" },
            State = ActualLrpStateNames.Running,
        };

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public void Pass(double seconds) => _now += (long)Math.Round(seconds * TimeSpan.TicksPerSecond);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;
    }
}
