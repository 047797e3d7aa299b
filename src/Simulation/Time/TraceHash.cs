namespace Scheduler.Simulation.Time;

/// <summary>A running hash, not cryptographic, that reveals any change of content or order.</summary>
internal sealed class TraceHash
{
    private ulong _state = 0xCBF29CE484222325;

    public ulong Value => _state;

    public void Add(ulong value)
    {
        var mixed = (_state ^ value) * 0x9E3779B97F4A7C15;
        _state = mixed ^ (mixed >> 29);
    }

    public void Add(string text)
    {
        // Not string.GetHashCode, which differs from process to process.
        var hash = 0xCBF29CE484222325;
        foreach (var letter in text)
            hash = (hash ^ letter) * 0x100000001B3;
        Add(hash);
    }
}
