using System.Text;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Conformance;

/// <summary>Processes with somebody attached.</summary>
public abstract partial class RuntimeConformance
{
    [Fact]
    [Needs(Ability.Sessions)]
    public Task An_attached_process_takes_input_and_gives_output() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            await using var session = await Runtime.AttachAsync(handle, new ProcessSpec { Path = "cat" }, null, None);
            await session.Input.WriteAsync("hello\n"u8.ToArray(), None);
            await session.EndInputAsync(None);
            Assert.Equal("hello\n", await TextAsync(session.Output));
            Assert.Equal("", await TextAsync(session.Error!));
            Assert.Equal(0, await session.Exit.WaitAsync(Wait.Patience));
            Assert.Empty((await Runtime.GetAsync(handle, None))!.Processes);
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Sessions)]
    public Task An_attached_process_has_a_user_two_streams_and_an_exit_code() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            await using var session = await Runtime.AttachAsync(handle, Shell("echo careful >&2; id -u; exit 7", "vcap"), null, None);
            await session.EndInputAsync(None);
            Assert.Equal("2000\n", await TextAsync(session.Output));
            Assert.Equal("careful\n", await TextAsync(session.Error!));
            Assert.Equal(7, await session.Exit.WaitAsync(Wait.Patience));

            var missing = await Assert.ThrowsAsync<ProcessStartException>(() =>
                Runtime.AttachAsync(handle, new ProcessSpec { Path = "/bin/nothing" }, null, None)
            );
            Assert.Contains("/bin/nothing", missing.Message);
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Sessions)]
    public Task Signals_reach_an_attached_process() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            await using var session = await Runtime.AttachAsync(
                handle,
                Shell("trap 'exit 5' TERM; echo ready; while :; do sleep 0.02; done"),
                null,
                None
            );
            await ReadUntilAsync(session.Output, new StringBuilder(), "ready");
            Assert.True(await session.SignalAsync(ProcessSignal.Terminate, None));
            Assert.Equal("", await TextAsync(session.Output));
            Assert.Equal(5, await session.Exit.WaitAsync(Wait.Patience));
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Sessions)]
    public Task Leaving_an_attached_process_ends_all_that_it_started() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            var session = await Runtime.AttachAsync(handle, Shell("trap '' TERM HUP; setsid sleep 97531 & echo ready; wait"), null, None);
            await ReadUntilAsync(session.Output, new StringBuilder(), "ready");
            await session.DisposeAsync();
            Assert.Equal(["0"], await SayAsync(handle, "p", Shell("ps -o args= | grep -c '^sleep 97531'")));
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Sessions, Ability.Terminals)]
    public Task A_terminal_has_a_size_that_changes_and_an_interrupt_key() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            const string script =
                "trap 'echo interrupted; exit 9' INT; trap 'stty size' WINCH; tty; stty size; while :; do sleep 0.02; done";
            await using var session = await Runtime.AttachAsync(handle, Shell(script, "vcap"), new TerminalSize(100, 30), None);
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
