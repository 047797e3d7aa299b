using Scheduler.RouteEmitter.Emission;

namespace Scheduler.Tests.Unit.RouteEmitter.Emission;

public class RegistrationScheduleTests
{
    private readonly RegistrationSchedule _schedule = new(Seconds(20), Seconds(1), maxGreetings: 3);

    [Fact]
    public void Nothing_is_due_without_a_connection()
    {
        Assert.Null(_schedule.Next);
        Assert.Equal(DueStep.None, _schedule.Take(Seconds(1000)));
    }

    [Fact]
    public void Greets_until_answered_and_registers_meanwhile()
    {
        _schedule.Connected(Seconds(0));
        Assert.Equal(DueStep.Greet | DueStep.RegisterAll, _schedule.Take(Seconds(0)));
        Assert.Equal(Seconds(1), _schedule.Next);
        Assert.Equal(DueStep.None, _schedule.Take(Seconds(0.9)));
        Assert.Equal(DueStep.Greet, _schedule.Take(Seconds(1)));
        _schedule.Answered(Seconds(5), Seconds(1.5));
        Assert.Equal(Seconds(6.5), _schedule.Next);
        Assert.Equal(DueStep.RegisterAll, _schedule.Take(Seconds(6.5)));
        Assert.Equal(Seconds(11.5), _schedule.Next);
    }

    [Fact]
    public void Gives_up_greeting_but_not_registering()
    {
        _schedule.Connected(Seconds(0));
        _schedule.Take(Seconds(0));
        _schedule.Take(Seconds(1));
        Assert.Equal(DueStep.Greet | DueStep.GiveUpGreeting, _schedule.Take(Seconds(2)));
        Assert.Equal(Seconds(20), _schedule.Next);
        Assert.Equal(DueStep.RegisterAll, _schedule.Take(Seconds(20)));
    }

    [Fact]
    public void A_started_router_is_told_everything_within_the_jitter_and_sets_the_interval()
    {
        _schedule.Connected(Seconds(0));
        _schedule.Take(Seconds(0));
        _schedule.RouterStarted(Seconds(10), jitter: 0.5, jitterFactor: 0.2, Seconds(7));
        Assert.Equal(Seconds(8), _schedule.Next);
        Assert.Equal(DueStep.RegisterAll, _schedule.Take(Seconds(8)));
        Assert.Equal(Seconds(18), _schedule.Next);
    }

    [Theory]
    [InlineData(0, 20)]
    [InlineData(-5, 20)]
    [InlineData(0.1, 1)]
    [InlineData(45, 45)]
    public void A_router_without_a_sensible_interval_does_not_make_us_spin(double asked, double kept)
    {
        _schedule.Answered(Seconds(asked), Seconds(0));
        Assert.Equal(Seconds(kept), _schedule.Interval);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
