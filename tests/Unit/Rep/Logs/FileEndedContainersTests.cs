using Scheduler.Rep.Logs;
using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Unit.Rep.Logs;

public sealed class FileEndedContainersTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"ended-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Keeps_the_last_of_each_instance_over_a_restart_of_the_rep()
    {
        var kept = new FileEndedContainers(_directory, 10);
        await kept.KeepAsync(Ended("web", 0, "first"), default);
        await kept.KeepAsync(Ended("web", 1, "other"), default);
        await kept.KeepAsync(Ended("web", 0, "second"), default);

        var restarted = new FileEndedContainers(_directory, 10);
        Assert.Equal(["second", "other"], (await restarted.FindAsync("web", null, default)).Select(ended => ended.Reason));
        var one = Assert.Single(await restarted.FindAsync("web", 1, default));
        Assert.Equal(("line of other", LogStream.Stderr, "APP"), (one.Lines[0].Text, one.Lines[0].Stream, one.Lines[0].Source));
        Assert.Empty(await restarted.FindAsync("we", null, default));
        Assert.Empty(await restarted.FindAsync("web", 2, default));
    }

    [Fact]
    public async Task A_task_is_found_by_any_name_it_may_have_and_not_as_an_instance()
    {
        var kept = new FileEndedContainers(_directory, 10);
        await kept.KeepAsync(Ended("../../a b", 0, "task") with { IsTask = true }, default);

        Assert.Equal("task", Assert.Single(await kept.FindAsync("../../a b", null, default)).Reason);
        Assert.Empty(await kept.FindAsync("../../a b", 0, default));
        Assert.Single(Directory.GetFiles(_directory));
    }

    [Fact]
    public async Task The_oldest_make_room()
    {
        var kept = new FileEndedContainers(_directory, 2);
        for (var i = 0; i < 4; i++)
        {
            await kept.KeepAsync(Ended("web", i, "x"), default);
            foreach (var file in Directory.GetFiles(_directory))
                File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddMinutes(-1));
        }

        Assert.Equal([2, 3], (await kept.FindAsync("web", null, default)).Select(ended => ended.Index));
    }

    [Fact]
    public async Task Nobody_else_may_read_them_and_a_broken_one_is_not_there()
    {
        var kept = new FileEndedContainers(_directory, 10);
        await kept.KeepAsync(Ended("web", 0, "x"), default);
        var file = Assert.Single(Directory.GetFiles(_directory));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory));

        await File.WriteAllTextAsync(file, "{\"half\":");
        Assert.Empty(await kept.FindAsync("web", null, default));
    }

    private static EndedContainer Ended(string guid, int index, string reason) =>
        new()
        {
            ContainerGuid = $"{guid}-{index}",
            Guid = guid,
            Index = index,
            EndedAt = DateTimeOffset.UnixEpoch,
            Reason = reason,
            Lines = [new(DateTimeOffset.UnixEpoch, LogStream.Stderr, "APP", $"line of {reason}")],
        };
}
