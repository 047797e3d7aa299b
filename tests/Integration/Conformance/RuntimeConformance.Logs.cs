using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Conformance;

public abstract partial class RuntimeConformance
{
    [Fact]
    public Task Keeps_the_output_of_processes_that_have_ended() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            var process = await StartAsync(handle, "p", Shell("echo one; echo two; exit 1"));
            await process.Exit.WaitAsync(Wait.Patience);
            await StartAsync(handle, "next", Shell("echo other; exit 0"));
            var lines = await LinesAsync(handle, "p");
            Assert.Equal(["one", "two"], lines.Select(line => line.Text));
            Assert.All(lines, line => Assert.InRange(line.Time, process.StartedAt.AddMinutes(-1), process.StartedAt.AddMinutes(1)));
        });

    [Fact]
    [Needs(Ability.Programs, Ability.SeparateStreams)]
    public Task Tells_standard_output_from_standard_error() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            await ExitAsync(handle, "p", Shell("echo out; echo err >&2; echo; printf 'no end'"));
            var lines = await LinesAsync(handle, "p");
            Assert.Equal(["out", "no end"], lines.Where(line => line.Stream == LogStream.Stdout).Select(line => line.Text));
            Assert.Equal(["err"], lines.Where(line => line.Stream == LogStream.Stderr).Select(line => line.Text));
        });

    [Fact]
    [Needs(Ability.Programs)]
    public Task Splits_very_long_lines_between_characters() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            await ExitAsync(handle, "p", Shell("awk 'BEGIN { for (i = 0; i < 40000; i++) printf \"äö\"; print \"\" }'"));
            var lines = await LinesAsync(handle, "p");
            Assert.All(lines, line => Assert.InRange(line.Content.Length, 1, LogLine.MaxBytes));
            Assert.Equal(string.Concat(Enumerable.Repeat("äö", 40_000)), string.Concat(lines.Select(line => line.Text)));
        });

    [Fact]
    [Needs(Ability.Programs)]
    public Task Keeps_bytes_that_are_no_text() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            await ExitAsync(handle, "p", Shell("printf 'a\\377\\376b\\001\\n\\303\\n'"));
            Assert.Equal(
                [
                    [(byte)'a', 0xFF, 0xFE, (byte)'b', 1],
                    [0xC3],
                ],
                (await LinesAsync(handle, "p")).Select(line => line.Content.ToArray())
            );
        });

    [Fact]
    [Needs(Ability.Programs)]
    public Task Follows_the_output_until_the_process_has_ended() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            await StartAsync(
                handle,
                "p",
                Shell("echo first; until [ -e /tmp/go ]; do sleep 0.02; done; for i in $(seq 2000); do echo $i; done")
            );
            await FirstLineAsync(handle, "p");
            var all = LinesAsync(handle, "p", follow: true);
            Assert.False(all.IsCompleted);
            await ExitAsync(handle, "go", Shell("touch /tmp/go"));
            Assert.Equal(
                Enumerable.Range(1, 2_000).Select(number => $"{number}").Prepend("first"),
                (await all.WaitAsync(Wait.Patience)).Select(line => line.Text)
            );
        });

    [Fact]
    public Task Continues_after_the_last_line_that_was_read() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            await ExitAsync(handle, "p", Shell("echo one; echo two; echo three; exit 0"));
            var lines = await LinesAsync(handle, "p");
            Assert.Equal(3, lines.Count);
            Assert.Equal(["two", "three"], (await LinesAsync(handle, "p", lines[0].Next)).Select(line => line.Text));
            Assert.Empty(await LinesAsync(handle, "p", lines[2].Next));
        });

    [Fact]
    [Needs(Ability.Programs)]
    public Task Reads_the_end_of_a_log_without_the_rest() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            await ExitAsync(handle, "p", Shell("for i in $(seq 1000); do echo line $i; done"));
            var last = await LinesAsync(handle, "p", LogCursor.Last(2_000));
            Assert.InRange(last.Count, 10, 500);
            Assert.Equal(
                Enumerable.Range(1_001 - last.Count, last.Count).Select(number => $"line {number}"),
                last.Select(line => line.Text)
            );
        });

    [Fact]
    [Needs(Ability.Programs)]
    public Task Programs_can_open_their_output_by_its_path() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            Assert.Equal(["root"], await SayAsync(handle, "root", Shell("echo root > /dev/stdout")));
            Assert.Equal(["vcap"], await SayAsync(handle, "vcap", Shell("echo vcap > /dev/stderr", "vcap")));
        });
}
