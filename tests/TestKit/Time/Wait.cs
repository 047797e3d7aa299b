using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Scheduler.Tests.TestKit.Time;

/// <summary>
/// Waits in real time for other threads or processes. The limit only says when to give up: a successful test does not depend on it.
/// </summary>
public static class Wait
{
    /// <summary>
    /// Limit of every wait in tests. A wait that succeeds costs nothing, so the limit is far above what a busy machine needs.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static Task UntilAsync(Func<bool> holds, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        UntilAsync(() => Task.FromResult(holds()), what);

    public static async Task UntilAsync(Func<Task<bool>> holds, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed > Patience)
                throw new TimeoutException($"after {Patience.TotalSeconds} s still not: {what}");
            await Task.Delay(Pause);
        }
    }
}
