using System.Collections.Concurrent;

namespace Scheduler.Hosting.Ops;

/// <summary>
/// What this process is still waiting for. <c>/readyz</c> answers 200 if nothing is left, else 503 with the list. A healthy standby is
/// ready.
/// </summary>
public sealed class Readiness
{
    private readonly ConcurrentDictionary<string, string> _waiting = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Waiting => _waiting;

    public bool IsReady => _waiting.IsEmpty;

    /// <summary>Raised when a wait begins or ends.</summary>
    public event Action? Changed;

    public void WaitFor(string what, string why)
    {
        _waiting[what] = why;
        Changed?.Invoke();
    }

    public void Done(string what)
    {
        if (_waiting.TryRemove(what, out _))
            Changed?.Invoke();
    }
}
