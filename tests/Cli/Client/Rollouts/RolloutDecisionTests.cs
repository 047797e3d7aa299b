using Scheduler.Client.Rollouts;

namespace Scheduler.Tests.Cli.Client.Rollouts;

public class RolloutDecisionTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    // R runs and is available; s starts; x has crashed three times; c has crashed once; h is stuck without a crash; - is missing.
    // After | are those that are being stopped.
    [Theory]
    // All as it goes with a surge of 1 and none missing.
    [InlineData("RRR", "", "arriving 1")]
    [InlineData("RRR", "s", "wait")]
    [InlineData("RRR", "-", "wait")]
    [InlineData("RRR", "R", "leaving 2")]
    [InlineData("RR|R", "R", "wait")]
    [InlineData("RR", "R", "arriving 2")]
    [InlineData("RR", "Rs", "wait")]
    [InlineData("R", "RRR", "leaving 0")]
    [InlineData("|R", "RRR", "wait")]
    [InlineData("", "RRR", "finish")]
    [InlineData("", "RRs", "wait")]
    [InlineData("", "RR|R", "arriving 3")]
    // The new version does not run.
    [InlineData("RRR", "x", "back: instance 0 crashed 3 times: why")]
    [InlineData("RR", "Rx", "back: instance 1 crashed 3 times: why")]
    [InlineData("RR", "Rc", "wait")]
    [InlineData("", "RRx", "back: instance 2 crashed 3 times: why")]
    // The old one does not run anyway, or not all of it.
    [InlineData("xxx", "", "leaving 0")]
    [InlineData("", "", "arriving 3")]
    [InlineData("RRx", "", "leaving 2")]
    [InlineData("xRR", "", "arriving 2")]
    [InlineData("xRR", "RR", "leaving 2")]
    [InlineData("hRR", "RR", "leaving 2")]
    [InlineData("sRR", "", "arriving 1")]
    [InlineData("RRs", "", "arriving 1")]
    [InlineData("RRs", "R", "leaving 2")]
    public void A_surge_of_one(string leaving, string arriving, string step) => Assert.Equal(step, Text(Of(3, 1, 0, leaving, arriving)));

    [Theory]
    [InlineData("RRR", "", "leaving 2")]
    [InlineData("RR|R", "", "wait")]
    [InlineData("RR", "", "arriving 1")]
    [InlineData("RR", "s", "wait")]
    [InlineData("RR", "R", "leaving 1")]
    [InlineData("", "RRR", "finish")]
    public void None_more_and_one_less(string leaving, string arriving, string step) =>
        Assert.Equal(step, Text(Of(3, 0, 1, leaving, arriving)));

    [Theory]
    [InlineData(5, "RRR", "", "arriving 3")]
    [InlineData(5, "RRR", "RRR", "leaving 2")]
    [InlineData(1, "RRRRR", "", "leaving 1")]
    [InlineData(1, "R|RRRR", "", "wait")]
    [InlineData(1, "R", "", "arriving 1")]
    [InlineData(0, "RR", "", "leaving 0")]
    [InlineData(0, "", "", "finish")]
    [InlineData(0, "|R", "", "wait")]
    public void Another_number_of_instances(int instances, string leaving, string arriving, string step) =>
        Assert.Equal(step, Text(Of(instances, 1, 0, leaving, arriving)));

    [Fact]
    public void All_at_once() => Assert.Equal("arriving 4", Text(Of(4, 4, 0, "RRRR", "")));

    [Theory]
    [InlineData("RRR", "s", "back: instance 0 did not become available in time: why")]
    [InlineData("RRR", "-", "back: instance 0 did not become available in time")]
    [InlineData("RRR", "c", "back: instance 0 crashed once: why")]
    [InlineData("|R", "RRR", "finish")]
    [InlineData("R|R", "RR", "give up: instances of the other version do not stop")]
    public void Too_late(string leaving, string arriving, string step) =>
        Assert.Equal(step, Text(Of(3, 1, 0, leaving, arriving) with { SinceProgress = Timeout + TimeSpan.FromSeconds(1) }));

    [Theory]
    [InlineData("xR", "RRR", "leaving 0")]
    [InlineData("xx", "RR", "leaving 0")]
    [InlineData("RR", "RR", "leaving 1")]
    [InlineData("Rs", "RR", "leaving 1")]
    [InlineData("R", "RR", "arriving 3")]
    [InlineData("", "RRx", "wait")]
    [InlineData("", "RRR", "finish")]
    public void On_the_way_back_nothing_goes_back(string leaving, string arriving, string step) =>
        Assert.Equal(step, Text(Of(3, 1, 0, leaving, arriving) with { IsBack = true }));

    [Fact]
    public void If_the_old_version_does_not_run_either_a_person_has_to_look() =>
        Assert.Equal(
            "give up: instance 2 crashed 3 times: why",
            Text(Of(3, 1, 0, "", "RRx") with { IsBack = true, SinceProgress = Timeout + TimeSpan.FromSeconds(1) })
        );

    [Theory]
    [InlineData(RolloutPause.AfterFirst, "RRR", "", "arriving 1")]
    [InlineData(RolloutPause.AfterFirst, "RRR", "s", "wait")]
    [InlineData(RolloutPause.AfterFirst, "RRR", "R", "pause")]
    [InlineData(RolloutPause.AfterFirst, "RRR", "x", "back: instance 0 crashed 3 times: why")]
    [InlineData(RolloutPause.Paused, "RRR", "R", "halt")]
    [InlineData(RolloutPause.Paused, "RRR", "x", "halt")]
    public void It_stops_where_it_is_told(object pause, string leaving, string arriving, string step) =>
        Assert.Equal(step, Text(Of(3, 1, 0, leaving, arriving) with { Pause = (RolloutPause)pause }));

    [Fact]
    public void None_more_stops_after_the_first_too()
    {
        Assert.Equal("leaving 2", Text(Of(3, 0, 1, "RRR", "") with { Pause = RolloutPause.AfterFirst }));
        Assert.Equal("pause", Text(Of(3, 0, 1, "RR", "R") with { Pause = RolloutPause.AfterFirst }));
    }

    private static RolloutView Of(int instances, int surge, int unavailable, string leaving, string arriving) =>
        new(instances, surge, unavailable, Version(leaving), Version(arriving), false, RolloutPause.None, TimeSpan.Zero, Timeout);

    private static VersionView Version(string text)
    {
        var parts = text.Split('|');
        var slots = parts[0].Select(Slot).OfType<SlotView>();
        var stopping = parts.Length > 1 ? parts[1].Select((letter, at) => Slot(letter, parts[0].Length + at)!) : [];
        return new VersionView(parts[0].Length, [.. slots, .. stopping]);
    }

    private static SlotView? Slot(char letter, int index) =>
        letter switch
        {
            'R' => new SlotView(index, true),
            's' => new SlotView(index, false, Trouble: "why"),
            'c' => new SlotView(index, false, Crashes: 1, Trouble: "why"),
            'h' => new SlotView(index, false, IsStuck: true, Trouble: "why"),
            'x' => new SlotView(index, false, IsStuck: true, Crashes: 3, Trouble: "why"),
            _ => null,
        };

    private static string Text(RolloutView view) =>
        RolloutDecision.Next(view) switch
        {
            RolloutStep.ScaleArriving step => $"arriving {step.Instances}",
            RolloutStep.ScaleLeaving step => $"leaving {step.Instances}",
            RolloutStep.GoBack step => $"back: {step.Reason}",
            RolloutStep.GiveUp step => $"give up: {step.Reason}",
            RolloutStep.Pause => "pause",
            RolloutStep.Halt => "halt",
            RolloutStep.Finish => "finish",
            _ => "wait",
        };
}
