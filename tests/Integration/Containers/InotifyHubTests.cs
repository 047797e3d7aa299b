using Scheduler.Rep.Runtime.Linux;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Containers;

public sealed class InotifyHubTests
{
    [Fact]
    public async Task A_watcher_that_throws_keeps_no_other_from_being_told()
    {
        var (failed, told) = (NewSource<Exception>(), NewSource<bool>());
        var root = Directory.CreateTempSubdirectory("hub-");
        try
        {
            using var hub = new InotifyHub(failure => failed.TrySetResult(failure));
            var (broken, well) = (root.CreateSubdirectory("broken").FullName, root.CreateSubdirectory("well").FullName);
            using var one = hub.Watch(broken, () => throw new IOException("no space left on device"));
            using var other = hub.Watch(well, () => told.TrySetResult(true));

            await File.WriteAllTextAsync(Path.Combine(broken, "exit"), "0");
            Assert.IsType<IOException>(await failed.Task.WaitAsync(Wait.Patience));
            await File.WriteAllTextAsync(Path.Combine(well, "exit"), "0");
            Assert.True(await told.Task.WaitAsync(Wait.Patience));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
