using System.Text;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>Processes with somebody attached, in real containers.</summary>
public sealed class SessionTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Streams_are_apart_input_has_an_end_and_the_exit_code_comes_back() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            await using var session = await runtime.AttachAsync("c1", Shell("cat; echo careful >&2; id -u; exit 7", "vcap"), null, None);
            await session.Input.WriteAsync("hello\n"u8.ToArray(), None);
            await session.EndInputAsync(None);

            Assert.Equal("hello\n2000\n", await TextAsync(session.Output));
            Assert.Equal("careful\n", await TextAsync(session.Error!));
            Assert.Equal(7, await session.Exit.WaitAsync(Wait.Patience));
            Assert.Null(await runtime.FindProcessAsync("c1", "session-1", None));
        });

    [Fact]
    public Task A_terminal_has_a_size_that_changes_and_passes_the_interrupt_key_on() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            var script = "trap 'echo interrupted; exit 9' INT; trap 'stty size' WINCH; tty; stty size; while :; do sleep 0.05; done";
            await using var session = await runtime.AttachAsync("c1", Shell(script, "vcap"), new TerminalSize(100, 30), None);
            Assert.Null(session.Error);
            var output = new StringBuilder();
            await ReadUntilAsync(session.Output, output, "30 100");
            Assert.StartsWith("/dev/pts/0", output.ToString());
            session.Resize(new TerminalSize(132, 43));
            await ReadUntilAsync(session.Output, output, "43 132");
            await session.Input.WriteAsync(new byte[] { 3 }, None);
            await ReadUntilAsync(session.Output, output, "interrupted");

            Assert.Equal("", (await TextAsync(session.Output)).Trim());
            Assert.Equal(9, await session.Exit.WaitAsync(Wait.Patience));
        });

    [Fact]
    public Task Ending_a_session_leaves_nothing_of_what_it_started() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            var script = "trap '' TERM HUP INT; (setsid sleep 86401 &); setsid sh -c 'sleep 86402' & sleep 86403 & echo ready; wait";
            var session = await runtime.AttachAsync("c1", Shell(script), null, None);
            await ReadUntilAsync(session.Output, new StringBuilder(), "ready");
            await Wait.UntilAsync(() => Sleepers() == 3);
            await session.DisposeAsync();

            Assert.Equal(0, Sleepers());
            await AssertNoSessionsAsync(runtime);
        });

    [Fact]
    public Task A_command_that_exits_takes_what_it_started_along() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            await using var session = await runtime.AttachAsync("c1", Shell("setsid sleep 86404 & echo left; exit 3"), null, None);

            Assert.Equal("left\n", await TextAsync(session.Output));
            Assert.Equal(3, await session.Exit.WaitAsync(Wait.Patience));
            Assert.Equal(0, Sleepers());
        });

    [Fact]
    public Task What_a_killed_rep_left_is_ended_by_the_next() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            var session = await runtime.AttachAsync("c1", Shell("setsid sleep 86405 & echo ready; sleep 86406"), null, None);
            await ReadUntilAsync(session.Output, new StringBuilder(), "ready");
            await Wait.UntilAsync(() => Sleepers() == 2);

            var next = await _cell.StartAsync();
            Assert.Equal(0, Sleepers());
            await AssertNoSessionsAsync(next);
            Assert.Equal(137, await session.Exit.WaitAsync(Wait.Patience));
            await session.DisposeAsync();
        });

    private static int Sleepers() =>
        ProcessesNaming("sleep 8640").Count(line => line.Split(' ', 2)[1].StartsWith("sleep 8640", StringComparison.Ordinal));

    private async Task AssertNoSessionsAsync(RuncRuntime runtime)
    {
        var directory = (await runtime.GetAsync("c1", None))!.Directory!;
        Assert.Empty(Directory.GetDirectories(Path.Combine(directory, "sessions")));
        Assert.Empty(
            Directory
                .GetDirectories("/sys/fs/cgroup")
                .Select(tree => tree + _cell.Options.CgroupParent)
                .Where(Directory.Exists)
                .SelectMany(tree => Directory.GetDirectories(tree, "session-*", SearchOption.AllDirectories))
        );
    }

    private static async Task<string> TextAsync(Stream stream)
    {
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, None).WaitAsync(Wait.Patience);
        return Encoding.UTF8.GetString(content.ToArray());
    }

    private static async Task ReadUntilAsync(Stream stream, StringBuilder into, string text)
    {
        var buffer = new byte[1_000];
        while (!into.ToString().Contains(text, StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, None).AsTask().WaitAsync(Wait.Patience);
            Assert.True(read > 0, $"ended without {text}: {into}");
            into.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
    }
}
