namespace Scheduler.Cli.Simulation;

/// <summary>Follows the trace of a run and keeps the last faults before the first violation, which are its likely cause.</summary>
internal sealed class RecentFaults(TextWriter? trace)
{
    private const int Most = 12;

    private readonly Queue<string> _faults = new();
    private bool _isBroken;

    public IReadOnlyCollection<string> Faults => _faults;

    public void Tell(string line)
    {
        trace?.WriteLine(line);
        if (_isBroken)
            return;
        _isBroken = line.Contains(" VIOLATION: ", StringComparison.Ordinal);
        if (!line.Contains(" FAULT: ", StringComparison.Ordinal))
            return;
        if (_faults.Count == Most)
            _faults.Dequeue();
        _faults.Enqueue(line);
    }
}
