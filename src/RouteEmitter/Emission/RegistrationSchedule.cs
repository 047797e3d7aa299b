namespace Scheduler.RouteEmitter.Emission;

/// <summary>
/// Schedule of greetings to routers and of full registrations. Pure: times are offsets from any fixed moment, and due steps are returned.
/// </summary>
/// <param name="interval">Time between full registrations until a router sets its own.</param>
/// <param name="greetingRetry">Time between greetings while none is answered.</param>
/// <param name="maxGreetings">Unanswered greetings after which the schedule only waits for a router's own start message.</param>
internal sealed class RegistrationSchedule(TimeSpan interval, TimeSpan greetingRetry, int maxGreetings)
{
    // Lower bound: a shorter interval would keep the emitter busy with nothing else.
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    private TimeSpan? _nextGreeting;
    private TimeSpan? _nextRegistration;

    public TimeSpan Interval { get; private set; } = interval;

    public int Greetings { get; private set; }

    /// <summary>When <see cref="Take"/> next returns a step; null while there is no connection.</summary>
    public TimeSpan? Next =>
        (_nextGreeting, _nextRegistration) switch
        {
            ({ } greeting, { } registration) => greeting < registration ? greeting : registration,
            var (greeting, registration) => greeting ?? registration,
        };

    /// <summary>A connection is established: anything sent on an earlier one may be lost.</summary>
    public void Connected(TimeSpan now) => (Greetings, _nextGreeting, _nextRegistration) = (0, now, now);

    /// <summary>A router answered a greeting.</summary>
    public void Answered(TimeSpan interval, TimeSpan now)
    {
        Adopt(interval);
        _nextGreeting = null;
        _nextRegistration = now + Interval;
    }

    /// <summary>A router started and knows no routes yet.</summary>
    /// <param name="interval">The interval that the router requests.</param>
    /// <param name="jitter">From 0 up to 1: the share of the longest wait. Without it every emitter of a deployment would respond at
    /// once.</param>
    /// <param name="jitterFactor">The longest wait as a share of the interval.</param>
    /// <param name="now">The time.</param>
    public void RouterStarted(TimeSpan interval, double jitter, double jitterFactor, TimeSpan now)
    {
        Adopt(interval);
        _nextGreeting = null;
        _nextRegistration = now + Interval * (jitter * jitterFactor);
    }

    /// <summary>Returns the steps that are due and marks them as done.</summary>
    public DueStep Take(TimeSpan now)
    {
        var due = DueStep.None;
        if (_nextGreeting <= now)
        {
            due |= DueStep.Greet;
            Greetings++;
            _nextGreeting = now + greetingRetry;
            if (Greetings >= maxGreetings)
            {
                due |= DueStep.GiveUpGreeting;
                _nextGreeting = null;
            }
        }

        if (_nextRegistration <= now)
        {
            due |= DueStep.RegisterAll;
            _nextRegistration = now + Interval;
        }

        return due;
    }

    private void Adopt(TimeSpan interval) => Interval = interval > TimeSpan.Zero ? Max(interval, ShortestInterval) : Interval;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}

[Flags]
internal enum DueStep
{
    None = 0,
    Greet = 1,
    RegisterAll = 2,

    /// <summary>This was the last greeting.</summary>
    GiveUpGreeting = 4,
}
