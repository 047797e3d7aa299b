using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

public sealed class ProcessTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Tells_the_exit_code_and_every_line_of_both_streams() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            var process = await runtime.StartProcessAsync("c1", "p", Shell("echo out; echo err >&2; echo; printf 'no end'; exit 7"), None);

            Assert.Equal(new ProcessExit(7), await process.Exit.WaitAsync(Wait.Patience));
            var lines = await LinesAsync(runtime, "c1", "p");
            Assert.Equal(["out", "no end"], lines.Where(line => line.Stream == LogStream.Stdout).Select(line => line.Text));
            Assert.Equal(["err"], lines.Where(line => line.Stream == LogStream.Stderr).Select(line => line.Text));
            Assert.All(lines, line => Assert.InRange(line.Time, process.StartedAt.AddMinutes(-1), process.StartedAt.AddMinutes(1)));
        });

    [Fact]
    public Task Terminates_a_process_that_listens_and_kills_one_that_does_not() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            var polite = await runtime.StartProcessAsync(
                "c1",
                "polite",
                Shell("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done"),
                None
            );
            var stubborn = await runtime.StartProcessAsync(
                "c1",
                "stubborn",
                Shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"),
                None
            );
            await FirstLineAsync(runtime, "c1", "polite");
            await FirstLineAsync(runtime, "c1", "stubborn");

            Assert.True(await polite.SignalAsync(ProcessSignal.Terminate, None));
            Assert.True(await stubborn.SignalAsync(ProcessSignal.Terminate, None));
            Assert.Equal(3, (await polite.Exit.WaitAsync(Wait.Patience)).Code);
            Assert.False(stubborn.Exit.IsCompleted);
            Assert.True(await stubborn.SignalAsync(ProcessSignal.Kill, None));
            Assert.Equal(9, (await stubborn.Exit.WaitAsync(Wait.Patience)).Signal);
            Assert.False(await stubborn.SignalAsync(ProcessSignal.Kill, None));
        });

    [Fact]
    public Task Starts_a_process_once_however_often_it_is_asked() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            var first = await runtime.StartProcessAsync("c1", "p", Shell("echo started >> /tmp/starts"), None);
            await first.Exit.WaitAsync(Wait.Patience);
            var second = await runtime.StartProcessAsync("c1", "p", Shell("echo started >> /tmp/starts"), None);

            Assert.Equal(0, (await second.Exit.WaitAsync(Wait.Patience)).Code);
            Assert.Equal("started\n"u8.ToArray(), await runtime.ReadFileAsync("c1", "/tmp/starts", 1_000, None));
        });

    [Fact]
    public Task Says_why_a_process_cannot_be_started_and_forgets_it() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            async Task<string> FailureAsync(ProcessSpec spec) =>
                (await Assert.ThrowsAsync<ProcessStartException>(() => runtime.StartProcessAsync("c1", "p", spec, None))).Message;

            Assert.Contains("/bin/nothing", await FailureAsync(new ProcessSpec { Path = "/bin/nothing" }));
            Assert.Contains("user 'mallory' is not in the container's /etc/passwd", await FailureAsync(Shell("true", "mallory")));
            Assert.Contains("the working directory /etc/passwd", await FailureAsync(Shell("true") with { Dir = "/etc/passwd" }));
            Assert.Null(await runtime.FindProcessAsync("c1", "p", None));
            Assert.Equal(0, (await (await runtime.StartProcessAsync("c1", "p", Shell("true"), None)).Exit.WaitAsync(Wait.Patience)).Code);
        });

    [Fact]
    public Task Runs_as_the_user_with_the_environment_directory_and_limits_that_were_asked_for() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1") with { Environment = [new("A", "container"), new("B", "container")] }, None);
            var spec = Shell(
                "id -u; id -g; id -G; pwd; echo $A $B $HOME $USER; ulimit -n; grep -E 'CapEff|NoNewPrivs' /proc/self/status; hostname",
                "vcap"
            ) with
            {
                Environment = [new("B", "process")],
                OpenFiles = 777,
            };
            await (await runtime.StartProcessAsync("c1", "p", spec, None)).Exit.WaitAsync(Wait.Patience);

            var lines = (await LinesAsync(runtime, "c1", "p")).Select(line => line.Text);
            Assert.Equal(
                [
                    "2000",
                    "2000",
                    "2000 3000",
                    "/home/vcap",
                    "container process /home/vcap vcap",
                    "777",
                    "CapEff:\t0000000000000000",
                    "NoNewPrivs:\t1",
                    "c1",
                ],
                lines
            );
        });

    [Fact]
    public Task Reaps_orphans_and_hides_what_a_container_should_not_see() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            var script =
                "for i in 1 2 3; do (sleep 0.05 &) ; done; sleep 0.5; ps -o stat= | grep -c Z; cat /proc/keys 2>/dev/null | wc -c; echo x 2>/dev/null > /proc/sys/kernel/hostname || echo read-only; ls /dev";
            await (await runtime.StartProcessAsync("c1", "p", Shell(script), None)).Exit.WaitAsync(Wait.Patience);

            var lines = (await LinesAsync(runtime, "c1", "p")).Select(line => line.Text).ToList();
            Assert.Equal(["0", "0", "read-only"], lines.Take(3));
            Assert.DoesNotContain("vda", lines);
        });

    [Fact]
    public Task Reads_the_end_of_a_log_without_the_rest() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            await (await runtime.StartProcessAsync("c1", "p", Shell("for i in $(seq 1000); do echo line $i; done"), None)).Exit.WaitAsync(
                Wait.Patience
            );

            var last = await LinesAsync(runtime, "c1", "p", LogCursor.Last(2_000));
            Assert.InRange(last.Count, 10, 60);
            Assert.Equal(Enumerable.Range(1_001 - last.Count, last.Count).Select(i => $"line {i}"), last.Select(line => line.Text));
            Assert.Equal(1_000, (await LinesAsync(runtime, "c1", "p", LogCursor.Last(10_000_000))).Count);
        });

    [Fact]
    public Task Splits_a_very_long_line_between_characters() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            var script = "i=0; while [ $i -lt 40000 ]; do printf 'äö'; i=$((i+1)); done; echo";
            await (await runtime.StartProcessAsync("c1", "p", Shell(script), None)).Exit.WaitAsync(Wait.Patience);

            var lines = await LinesAsync(runtime, "c1", "p");
            Assert.All(lines, line => Assert.InRange(line.Content.Length, 1, LogLine.MaxBytes));
            Assert.Equal(string.Concat(Enumerable.Repeat("äö", 40_000)), string.Concat(lines.Select(line => line.Text)));
        });

    [Fact]
    public async Task Keeps_a_log_within_its_bound_and_a_follower_whole()
    {
        _cell.Options.MaxLogBytes = 1 << 20;
        await _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            // Slow enough for the reader: the file is bounded, and content is lost if two full files pass between two reads.
            var script =
                "i=0; while [ $i -lt 40 ]; do awk -v i=$i 'BEGIN { for (j = 1; j <= 500; j++) print i \"-\" j \"-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" }'; sleep 0.05; i=$((i+1)); done";
            var process = await runtime.StartProcessAsync("c1", "p", Shell(script), None);
            var followed = new List<string>();
            await foreach (var line in runtime.LogsAsync("c1", "p", LogCursor.Start, follow: true, None))
                followed.Add(line.Text.Split('-')[0] + "-" + line.Text.Split('-')[1]);

            Assert.True(process.Exit.IsCompletedSuccessfully);
            Assert.Equal(Enumerable.Range(0, 40).SelectMany(i => Enumerable.Range(1, 500).Select(j => $"{i}-{j}")), followed);
            var info = (await runtime.GetAsync("c1", None))!;
            Assert.InRange(new FileInfo(Path.Combine(info.Directory!, "processes", "p", "log")).Length, 1, 1 << 20);
        });
    }

    [Fact]
    public async Task Follows_a_line_from_a_full_log_into_the_next()
    {
        _cell.Options.MaxLogBytes = 1 << 20;
        await _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            var script =
                "printf 'begun and '; until [ -e /tmp/go ]; do sleep 0.05; done; awk 'BEGIN { for (i = 0; i < 12000; i++) print \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" }' >&2; echo ended";
            await runtime.StartProcessAsync("c1", "p", Shell(script), None);

            // The first file must be open before it is full: then it can still be read to its end at any time.
            await using var lines = runtime.LogsAsync("c1", "p", LogCursor.Start, follow: true, None).GetAsyncEnumerator();
            var next = lines.MoveNextAsync();
            await runtime.StartProcessAsync("c1", "go", Shell("touch /tmp/go"), None);
            var said = new List<string>();
            for (; await next; next = lines.MoveNextAsync())
            {
                if (lines.Current.Stream == LogStream.Stdout)
                    said.Add(lines.Current.Text);
            }

            Assert.Equal(["begun and ended"], said);
        });
    }

    [Fact]
    public Task Refuses_what_makes_no_sense() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            async Task<ErrorKind> KindAsync(Func<Task> call) => (await Assert.ThrowsAsync<DomainException>(call)).Kind;

            Assert.Equal(ErrorKind.InvalidRequest, await KindAsync(() => runtime.CreateAsync(Spec("../evil"), None)));
            Assert.Equal(ErrorKind.InvalidRequest, await KindAsync(() => runtime.CreateAsync(Spec("c2") with { Ports = [80, 80] }, None)));
            Assert.Equal(
                ErrorKind.InvalidRequest,
                await KindAsync(() => runtime.CreateAsync(Spec("c2") with { RootFs = "preloaded:nothing" }, None))
            );
            Assert.Equal(
                ErrorKind.InvalidRequest,
                await KindAsync(() => runtime.CreateAsync(Spec("c2") with { RootFs = "http://busybox" }, None))
            );
            Assert.Equal(
                ErrorKind.InvalidRequest,
                await KindAsync(() => runtime.CreateAsync(Spec("c2") with { Mounts = [new("/does/not/exist", "/x")] }, None))
            );
            Assert.Equal(ErrorKind.ResourceConflict, await KindAsync(() => runtime.CreateAsync(Spec("c1") with { Ports = [80] }, None)));
            Assert.Equal(ErrorKind.ResourceNotFound, await KindAsync(() => runtime.StartProcessAsync("nobody", "p", Shell("true"), None)));
            Assert.Equal(ErrorKind.InvalidRequest, await KindAsync(() => runtime.StartProcessAsync("c1", "a/b", Shell("true"), None)));
            Assert.Equal(["c1"], (await runtime.ListAsync(None)).Select(info => info.Handle));
        });

    internal static async Task<List<LogLine>> LinesAsync(RuncRuntime runtime, string handle, string process, LogCursor from = default)
    {
        var lines = new List<LogLine>();
        await foreach (var line in runtime.LogsAsync(handle, process, from, follow: false, None))
            lines.Add(line);
        return lines;
    }

    internal static async Task<LogLine> FirstLineAsync(RuncRuntime runtime, string handle, string process)
    {
        using var patience = new CancellationTokenSource(Wait.Patience);
        await foreach (var line in runtime.LogsAsync(handle, process, LogCursor.Start, follow: true, patience.Token))
            return line;
        throw new InvalidOperationException($"{process} ended without a word");
    }
}
