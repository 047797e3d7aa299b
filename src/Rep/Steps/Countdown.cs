namespace Scheduler.Rep.Steps;

/// <summary>Calls back when each of several parties has been heard once; at once when there are none.</summary>
internal sealed class Countdown
{
    private readonly Action _done;
    private int _remaining;

    public Countdown(int parties, Action done)
    {
        (_remaining, _done) = (parties, done);
        if (parties == 0) done();
    }

    public Action Once()
    {
        var heard = 0;
        return () =>
        {
            if (Interlocked.Exchange(ref heard, 1) == 0 && Interlocked.Decrement(ref _remaining) == 0) _done();
        };
    }
}
