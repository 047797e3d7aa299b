namespace Scheduler.Rep.Steps;

/// <summary>Calls back once each of several parties has signalled; at once if there are no parties.</summary>
internal sealed class Countdown
{
    private readonly Action _done;
    private int _remaining;

    public Countdown(int parties, Action done)
    {
        (_remaining, _done) = (parties, done);
        if (parties == 0)
            done();
    }

    public Action Once()
    {
        var heard = 0;
        return () =>
        {
            if (Interlocked.Exchange(ref heard, 1) == 0 && Interlocked.Decrement(ref _remaining) == 0)
                _done();
        };
    }
}
