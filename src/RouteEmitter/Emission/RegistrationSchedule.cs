namespace Scheduler.RouteEmitter.Emission;

/// <summary>
/// When to greet routers and when to register everything again. Pure: times are spans since any fixed moment, what is due is
/// returned.
/// </summary>
/// <param name="interval">Between two registrations of everything until a router says otherwise.</param>
/// <param name="greetingRetry">Between two greetings while none is answered.</param>
/// <param name="maxGreetings">Greetings without an answer after which only a router's own start message is waited for.</param>
internal sealed class RegistrationSchedule(TimeSpan interval, TimeSpan greetingRetry, int maxGreetings)
{
    // A router that asks for less, or for nothing, would have us do nothing else.
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    private TimeSpan? _nextGreeting;
    private TimeSpan? _nextRegistration;

    public TimeSpan Interval { get; private set; } = interval;

    public int Greetings { get; private set; }

    /// <summary>When <see cref="Take"/> has something to say next; null while there is no connection.</summary>
    public TimeSpan? Next => (_nextGreeting, _nextRegistration) switch
    {
        ({ } greeting, { } registration) => greeting < registration ? greeting : registration,
        var (greeting, registration) => greeting ?? registration,
    };

    /// <summary>A connection stands: whatever was said on an earlier one may be lost.</summary>
    public void Connected(TimeSpan now) => (Greetings, _nextGreeting, _nextRegistration) = (0, now, now);

    /// <summary>A router answered a greeting.</summary>
    public void Answered(TimeSpan interval, TimeSpan now)
    {
        Adopt(interval);
        _nextGreeting = null;
        _nextRegistration = now + Interval;
    }

    /// <summary>A router started and knows nothing yet.</summary>
    /// <param name="interval">As the router asks.</param>
    /// <param name="jitter">From 0 up to 1: the share of the longest wait. Without it every emitter of a deployment would answer at once.</param>
    /// <param name="jitterFactor">The longest wait as a share of the interval.</param>
    /// <param name="now">The time.</param>
    public void RouterStarted(TimeSpan interval, double jitter, double jitterFactor, TimeSpan now)
    {
        Adopt(interval);
        _nextGreeting = null;
        _nextRegistration = now + Interval * (jitter * jitterFactor);
    }

    /// <summary>What is due now; it counts as done.</summary>
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

    /// <summary>This greeting is the last one.</summary>
    GiveUpGreeting = 4,
}
