using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Conformance;

/// <summary>A restarted rep is a new runtime on the same state.</summary>
public abstract partial class RuntimeConformance
{
    [Fact]
    public Task A_new_runtime_finds_containers_and_processes_that_run() =>
        CaseAsync(async handle =>
        {
            var spec = cell.Spec(handle) with
            {
                Ports = [8080],
                Properties = new Dictionary<string, string> { ["owner"] = "me" },
            };
            var created = await Runtime.CreateAsync(spec, None);
            var started = await StartAsync(handle, "p", Waiting());

            await cell.RestartAsync();
            var found = Assert.Single(await Runtime.ListAsync(None));
            Assert.Equal(ContainerState.Ready, found.State);
            Assert.Equal((created.Address, created.CreatedAt), (found.Address, found.CreatedAt));
            Assert.Equal(created.Ports, found.Ports);
            Assert.Equal("me", found.Spec.Properties["owner"]);
            Assert.Equal(created.Address, (await Runtime.CreateAsync(spec, None)).Address);
            Assert.Equal(ErrorKind.ResourceConflict, await KindAsync(() => Runtime.CreateAsync(spec with { Ports = [] }, None)));

            var again = await StartAsync(handle, "p", Shell("echo must not run"));
            Assert.Equal((started.Pid, started.StartedAt), (again.Pid, again.StartedAt));
            Assert.False(again.Exit.IsCompleted);
            Assert.True(await again.SignalAsync(ProcessSignal.Terminate, None));
            Assert.Equal(15, (await again.Exit.WaitAsync(Wait.Patience)).Signal);
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Restarts)]
    public Task Knows_how_a_process_ended_while_no_runtime_was_there_and_what_it_said() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            var process = await StartAsync(handle, "p", Shell("trap 'echo after; exit 6' TERM; echo before; while :; do sleep 0.02; done"));
            var seen = await FirstLineAsync(handle, "p");
            await cell.RestartAsync(async () =>
            {
                Assert.True(
                    Scheduler.Rep.Runtime.Linux.Native.Signal(Scheduler.Rep.Runtime.Linux.ProcessIdentity.Of(process.Pid)!.Value, 15)
                );
                await GoneAsync(process.Pid);
            });

            var found = (await Runtime.FindProcessAsync(handle, "p", None))!;
            Assert.Equal(new ProcessExit(6), await found.Exit.WaitAsync(Wait.Patience));
            Assert.Equal(process.StartedAt, found.StartedAt);
            Assert.Equal(["before", "after"], (await LinesAsync(handle, "p", follow: true)).Select(line => line.Text));
            Assert.Equal(["after"], (await LinesAsync(handle, "p", seen.Next)).Select(line => line.Text));
            Assert.Equal(new ProcessExit(6), await ExitAsync(handle, "p", Shell("echo must not run")));

            // It is known for good.
            await cell.RestartAsync();
            Assert.Equal(new ProcessExit(6), await ExitAsync(handle, "p", Shell("echo must not run")));
        });

    [Fact]
    [Needs(Ability.Programs, Ability.Restarts)]
    public Task Much_output_while_no_runtime_is_there_is_neither_lost_nor_held_up() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            const int lines = 20_000; // more than a pipe holds
            var process = await StartAsync(handle, "p", Shell($"until [ -e /tmp/go ]; do sleep 0.02; done; seq {lines}; exit 4"));
            await cell.RestartAsync(async () =>
            {
                await File.WriteAllTextAsync($"/proc/{process.Pid}/root/tmp/go", "");
                await GoneAsync(process.Pid);
            });
            Assert.Equal(
                Enumerable.Range(1, lines).Select(number => $"{number}"),
                (await LinesAsync(handle, "p", follow: true)).Select(line => line.Text)
            );
            Assert.Equal(4, (await ExitAsync(handle, "p", Waiting())).Code);
        });

    [Fact]
    public Task Clean_up_removes_all_containers() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            await CreateAsync(handle + "-other");
            var process = await StartAsync(handle, "p", Waiting());
            await Runtime.CleanUpAsync(None);
            Assert.False((await process.Exit.WaitAsync(Wait.Patience)).Succeeded);
            Assert.Empty(cell.TracesOf(handle));
            Assert.Empty(cell.TracesOf(handle + "-other"));
            await cell.RestartAsync();
            Assert.Empty(await Runtime.ListAsync(None));
        });
}
