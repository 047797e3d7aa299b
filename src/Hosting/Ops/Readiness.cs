using System.Collections.Concurrent;

namespace Scheduler.Hosting.Ops;

/// <summary>
/// What this process is still waiting for. <c>/readyz</c> answers 200 when nothing is left, else 503 with the list; a part
/// that is a healthy standby is ready.
/// </summary>
public sealed class Readiness
{
    private readonly ConcurrentDictionary<string, string> _waiting = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Waiting => _waiting;

    public bool IsReady => _waiting.IsEmpty;

    public void WaitFor(string what, string why) => _waiting[what] = why;

    public void Done(string what) => _waiting.TryRemove(what, out _);
}
