using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Scheduler.Tests.TestKit.Time;

/// <summary>Waits on real time for what other threads or processes do. The limit only says when to give up: nothing depends on it when all is well.</summary>
public static class Wait
{
    /// <summary>Of every wait in tests. One that is fulfilled costs nothing, so this is far beyond what a busy machine takes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static Task UntilAsync(Func<bool> holds, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        UntilAsync(() => Task.FromResult(holds()), what);

    public static async Task UntilAsync(Func<Task<bool>> holds, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed > Patience) throw new TimeoutException($"after {Patience.TotalSeconds} s still not: {what}");
            await Task.Delay(Pause);
        }
    }
}
