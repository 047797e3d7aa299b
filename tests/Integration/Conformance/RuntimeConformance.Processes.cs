using Scheduler.Cli.Images;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Conformance;

public abstract partial class RuntimeConformance
{
    [Fact]
    public Task Tells_exit_codes() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            var process = await StartAsync(handle, "p", Shell("exit 7"));
            Assert.Equal(new ProcessExit(7), await process.Exit.WaitAsync(Wait.Patience));
            Assert.False(await process.SignalAsync(ProcessSignal.Terminate, None));
            Assert.Equal(new ProcessExit(0), await ExitAsync(handle, "q", Shell("exit 0")));
        });

    [Fact]
    public Task Tells_the_signal_that_ended_a_process() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            var process = await StartAsync(handle, "p", Waiting());
            Assert.True(await process.SignalAsync(ProcessSignal.Terminate, None));
            Assert.Equal(15, (await process.Exit.WaitAsync(Wait.Patience)).Signal);

            var killed = await StartAsync(handle, "q", Waiting());
            Assert.True(await killed.SignalAsync(ProcessSignal.Kill, None));
            Assert.Equal(9, (await killed.Exit.WaitAsync(Wait.Patience)).Signal);
            Assert.Equal(ContainerState.Ready, (await Runtime.GetAsync(handle, None))!.State);
        });

    [Fact]
    [Needs(Ability.Programs)]
    public Task Passes_signals_on_to_programs_that_listen() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            const string loop = "echo ready; while :; do sleep 0.02; done";
            foreach (
                var (signal, name) in ((ProcessSignal, string)[])
                    [
                        (ProcessSignal.Terminate, "TERM"),
                        (ProcessSignal.Interrupt, "INT"),
                        (ProcessSignal.Quit, "QUIT"),
                        (ProcessSignal.User1, "USR1"),
                        (ProcessSignal.User2, "USR2"),
                    ]
            )
            {
                var process = await StartAsync(handle, name, Shell($"trap 'exit 3' {name}; {loop}"));
                await FirstLineAsync(handle, name);
                Assert.True(await process.SignalAsync(signal, None));
                Assert.Equal(3, (await process.Exit.WaitAsync(Wait.Patience)).Code);
            }
        });

    [Fact]
    public Task Starts_a_process_once_however_often_it_is_asked() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            var all = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => StartAsync(handle, "p", Waiting())));
            Assert.Single(all.Select(process => process.Pid).Distinct());
            await all[0].SignalAsync(ProcessSignal.Kill, None);
            await all[0].Exit.WaitAsync(Wait.Patience);

            var late = await StartAsync(handle, "p", Waiting());
            Assert.Equal((all[0].Pid, all[0].StartedAt), (late.Pid, late.StartedAt));
            Assert.Equal(9, (await late.Exit.WaitAsync(Wait.Patience)).Signal);
        });

    [Fact]
    public Task Finds_processes_by_their_id() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            Assert.Null(await Runtime.FindProcessAsync(handle, "action.0.1", None));
            var process = await StartAsync(handle, "action.0.1", Waiting());
            var found = (await Runtime.FindProcessAsync(handle, "action.0.1", None))!;
            Assert.Equal(("action.0.1", process.Pid), (found.Id, found.Pid));
            Assert.Null(await Runtime.FindProcessAsync(handle, "action.0", None));
            Assert.Equal(["action.0.1"], (await Runtime.GetAsync(handle, None))!.Processes);
        });

    [Fact]
    [Needs(Ability.Programs)]
    public Task Says_why_a_process_cannot_be_started_and_forgets_it() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            async Task<string> WhyAsync(ProcessSpec spec)
            {
                var failure = await Assert.ThrowsAsync<ProcessStartException>(() => StartAsync(handle, "p", spec));
                Assert.True(failure.IsPermanent, failure.Message);
                return failure.Message;
            }

            Assert.Contains("/bin/nothing", await WhyAsync(new ProcessSpec { Path = "/bin/nothing" }));
            Assert.Contains("nothing", await WhyAsync(new ProcessSpec { Path = "nothing" }));
            Assert.Contains("/etc/passwd", await WhyAsync(new ProcessSpec { Path = "/etc/passwd" }));
            Assert.Contains("mallory", await WhyAsync(Shell("true", "mallory")));
            Assert.Contains("/etc/passwd", await WhyAsync(Shell("true") with { Dir = "/etc/passwd" }));
            Assert.Null(await Runtime.FindProcessAsync(handle, "p", None));
            Assert.Equal(0, (await ExitAsync(handle, "p", Shell("true"))).Code);
        });

    [Fact]
    [Needs(Ability.Programs)]
    public Task Runs_with_the_user_environment_directory_and_limits_that_were_asked_for() =>
        CaseAsync(async handle =>
        {
            await Runtime.CreateAsync(
                cell.Spec(handle) with
                {
                    Environment = [new("A", "container"), new("B", "container")],
                    Hostname = "web-0",
                },
                None
            );
            var spec = Shell("id -u; id -g; id -G; pwd; echo $A $B $HOME $USER; ulimit -n; hostname", "vcap") with
            {
                Environment = [new("B", "process")],
                OpenFiles = 777,
            };
            Assert.Equal(
                ["2000", "2000", "2000 3000", "/home/vcap", "container process /home/vcap vcap", "777", "web-0"],
                await SayAsync(handle, "p", spec)
            );
            Assert.Equal(
                ["7", "8", "/made/here", "7"],
                await SayAsync(handle, "q", Shell("id -u; id -g; pwd; stat -c %u .", "7:8") with { Dir = "/made/here" })
            );
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Images)]
    public Task Starts_as_the_image_says_unless_the_work_says_otherwise() =>
        CaseAsync(async handle =>
        {
            var image = cell.Image(
                new OciLayoutBuilder
                {
                    Environment = ["PATH=/bin", "FROM=image"],
                    User = "vcap",
                    WorkingDirectory = "/srv/deep/app",
                    Entrypoint = ["sh", "-c", "id -u; pwd; echo $0 $FROM $HOME"],
                    Command = ["hello"],
                    StopSignal = "SIGQUIT",
                }
            );
            var container = await Runtime.CreateAsync(cell.Spec(handle) with { RootFs = image }, None);
            Assert.Equal("SIGQUIT", container.StopSignal);
            var ofImage = new ProcessSpec { Path = "" };
            Assert.Equal(["2000", "/srv/deep/app", "hello image /home/vcap"], await SayAsync(handle, "image", ofImage));
            Assert.Equal(
                ["0", "/opt", "work own /root"],
                await SayAsync(
                    handle,
                    "own",
                    ofImage with
                    {
                        Args = ["work"],
                        User = "root",
                        Dir = "/opt",
                        Environment = [new("FROM", "own")],
                    }
                )
            );
        });

    [Fact]
    [Needs(Ability.Programs)]
    public Task Reaps_orphans_and_runs_without_privileges() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            const string script =
                "for i in 1 2 3; do (sleep 0.01 &) ; done; until [ $(ps -o args= | grep -c '^sleep 0') = 0 ]; do sleep 0.01; done;"
                + " ps -o stat= | grep -c Z; grep -E 'NoNewPrivs|Seccomp:' /proc/self/status;"
                + " cat /proc/keys 2>/dev/null | wc -c; (echo x > /proc/sys/kernel/hostname) 2>/dev/null || echo read-only;"
                + " mount -t tmpfs none /mnt 2>/dev/null || echo no mounts";
            Assert.Equal(["0", "NoNewPrivs:\t1", "Seccomp:\t2", "0", "read-only", "no mounts"], await SayAsync(handle, "p", Shell(script)));
        });

    [Fact]
    [Needs(Ability.Programs, Ability.UserNamespaces)]
    public Task Root_in_a_container_is_nobody_on_the_machine() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            var process = await StartAsync(handle, "p", Waiting());
            var owner = File.ReadLines($"/proc/{process.Pid}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal));
            Assert.True(uint.Parse(owner.Split('\t')[1], System.Globalization.CultureInfo.InvariantCulture) > 65_535, owner);
        });
}
