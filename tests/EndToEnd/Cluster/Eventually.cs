using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>Polls things without change notifications, such as a directory.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    public static Task EqualAsync<T>(IReadOnlyList<T> expected, Func<IReadOnlyList<T>> actual) =>
        EqualAsync(expected, () => Task.FromResult(actual()));

    public static async Task EqualAsync<T>(IReadOnlyList<T> expected, Func<Task<IReadOnlyList<T>>> actual)
    {
        using var deadline = new CancellationTokenSource(Wait.Patience);
        while (!expected.SequenceEqual(await actual()))
        {
            if (deadline.IsCancellationRequested)
                Assert.Equal(expected, await actual());
            await Task.Delay(Interval);
        }
    }

    public static Task TrueAsync(Func<Task<bool>> condition, string what) => TrueAsync(condition, () => what);

    /// <param name="what">What was seen last, for the failure.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what)
    {
        using var deadline = new CancellationTokenSource(Wait.Patience);
        while (!await condition())
        {
            if (deadline.IsCancellationRequested)
                Assert.Fail($"not within {Wait.Patience.TotalSeconds:0} s: {what()}");
            await Task.Delay(Interval);
        }
    }

    /// <returns>The text that contains the expected part.</returns>
    public static async Task<string> SaysAsync(string expected, Func<Task<string>> actual)
    {
        using var deadline = new CancellationTokenSource(Wait.Patience);
        while (true)
        {
            var text = await actual();
            if (text.Contains(expected, StringComparison.Ordinal))
                return text;
            if (deadline.IsCancellationRequested)
                Assert.Contains(expected, text, StringComparison.Ordinal);
            await Task.Delay(Interval);
        }
    }
}
