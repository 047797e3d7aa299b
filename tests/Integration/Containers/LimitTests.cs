using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

public sealed class LimitTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public ValueTask DisposeAsync() => _cell.DisposeAsync();

    [Fact]
    public Task Kills_a_process_that_takes_more_memory_than_it_may_and_says_so() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1") with { Limits = new() { MemoryMb = 32 } }, None);
            // This process does not fork: a shell exits if a fork finds no memory, which would not be the cell's doing.
            var innocent = await runtime.StartProcessAsync(
                "c1",
                "innocent",
                new ProcessSpec { Path = "/bin/sleep", Args = ["1000"] },
                None
            );
            var hungry = await runtime.StartProcessAsync(
                "c1",
                "hungry",
                new ProcessSpec { Path = "/bin/awk", Args = ["BEGIN { s = \"0123456789abcdef\"; while (1) s = s s }"] },
                None
            );

            Assert.Equal(new ProcessExit(137, OutOfMemory: true), await hungry.Exit.WaitAsync(Wait.Patience));
            Assert.False(innocent.Exit.IsCompleted);
            Assert.Equal(ContainerState.Ready, (await runtime.GetAsync("c1", None))!.State);
            Assert.InRange((await runtime.MetricsAsync("c1", None)).OutOfMemoryKills, 1, 10);

            var later = await runtime.StartProcessAsync("c1", "later", Shell("exit 1"), None);
            Assert.Equal(new ProcessExit(1), await later.Exit.WaitAsync(Wait.Patience));
        });

    [Fact]
    public Task Lets_a_container_have_so_many_processes_and_no_more() =>
        _cell.RunAsync(async runtime =>
        {
            const int max = 10,
                own = 12;
            await runtime.CreateAsync(Spec("c1") with { Limits = new() { MaxPids = max } }, None);
            var bomb = await runtime.StartProcessAsync(
                "c1",
                "p",
                Shell("for i in $(seq 1 50); do sleep 100 & done; echo not reached"),
                None
            );
            await bomb.Exit.WaitAsync(Wait.Patience);
            Assert.InRange((await runtime.MetricsAsync("c1", None)).Pids, max, max + own);
        });

    [Fact]
    public Task Measures_what_a_container_uses() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(
                Spec("c1") with
                {
                    Limits = new() { MemoryMb = 64, CpuShares = 512 },
                },
                None
            );
            await (
                await runtime.StartProcessAsync(
                    "c1",
                    "p",
                    Shell("dd if=/dev/zero of=/tmp/big bs=1M count=3 2>/dev/null; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"),
                    None
                )
            ).Exit.WaitAsync(Wait.Patience);

            var metrics = await runtime.MetricsAsync("c1", None);
            Assert.True(metrics.Cpu > TimeSpan.FromMilliseconds(5), metrics.ToString());
            Assert.InRange(metrics.MemoryBytes, 1, 64L << 20);
            Assert.Equal(64L << 20, metrics.MemoryLimitBytes);
            Assert.Equal(2, metrics.Pids);
            Assert.InRange(metrics.DiskBytes, 3 << 20, 4 << 20);
        });

    [Fact]
    public Task Gives_a_privileged_container_more_and_others_less() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("plain"), None);
            await runtime.CreateAsync(Spec("strong") with { Privileged = true }, None);
            async Task<ulong> CapabilitiesAsync(string handle)
            {
                await (
                    await runtime.StartProcessAsync(handle, "p", Shell("awk '/CapEff/ { print $2 }' /proc/self/status"), None)
                ).Exit.WaitAsync(Wait.Patience);
                return ulong.Parse(
                    Assert.Single(await ProcessTests.LinesAsync(runtime, handle, "p")).Text,
                    System.Globalization.NumberStyles.HexNumber
                );
            }

            const ulong netAdmin = 1UL << 12,
                chown = 1;
            Assert.Equal(chown, await CapabilitiesAsync("plain") & (netAdmin | chown));
            Assert.Equal(netAdmin | chown, await CapabilitiesAsync("strong") & (netAdmin | chown));
        });
}
