namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>For what tells nobody when it changes, such as a folder.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    public static async Task EqualAsync<T>(IReadOnlyList<T> expected, Func<IReadOnlyList<T>> actual, TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        while (!expected.SequenceEqual(actual()))
        {
            if (deadline.IsCancellationRequested)
                Assert.Equal(expected, actual());
            await Task.Delay(Interval);
        }
    }
}
