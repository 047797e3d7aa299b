using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Containerd;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Tests.Integration.Containers;
using Scheduler.Tests.TestKit.Containers;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Conformance;

public sealed class ContainerdConformanceTests(ContainerdConformanceTests.Cell cell)
    : RuntimeConformance(cell),
        IClassFixture<ContainerdConformanceTests.Cell>
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public Task Neither_exit_codes_nor_output_are_lost_when_containerd_restarts() =>
        cell.RunAsync(async () =>
        {
            var runtime = cell.Runtime;
            await runtime.CreateAsync(cell.Spec("survivor"), None);
            const string script = "trap 'echo after; exit 6' TERM; echo before; while :; do sleep 0.02; done";
            var spec = new ProcessSpec { Path = "/bin/sh", Args = ["-c", script] };
            var ending = await runtime.StartProcessAsync("survivor", "ending", spec, None);
            var staying = await runtime.StartProcessAsync("survivor", "staying", spec, None);
            await Wait.UntilAsync(async () => await runtime.LogsAsync("survivor", "ending", default, follow: false, None).AnyAsync());

            await cell.Daemon.KillAsync();
            Assert.True(await ending.SignalAsync(ProcessSignal.Terminate, None));
            await Wait.UntilAsync(() => ProcessIdentity.Of(ending.Pid) is null);
            var refused = await Assert.ThrowsAnyAsync<ContainerRuntimeException>(() =>
                runtime.StartProcessAsync("survivor", "meanwhile", spec, None)
            );
            Assert.Contains("--containerd-address", refused.Message);
            Assert.False(ending.Exit.IsCompleted);
            await cell.Daemon.StartAsync();

            Assert.Equal(new ProcessExit(6), await ending.Exit.WaitAsync(Wait.Patience));
            Assert.Equal(
                ["before", "after"],
                await runtime.LogsAsync("survivor", "ending", default, follow: true, None).Select(line => line.Text).ToListAsync()
            );
            Assert.False(staying.Exit.IsCompleted);
            Assert.True(await staying.SignalAsync(ProcessSignal.Terminate, None));
            Assert.Equal(new ProcessExit(6), await staying.Exit.WaitAsync(Wait.Patience));
            var later = await runtime.StartProcessAsync("survivor", "meanwhile", spec, None);
            Assert.True(await later.SignalAsync(ProcessSignal.Kill, None));
            Assert.Equal(9, (await later.Exit.WaitAsync(Wait.Patience)).Signal);
            await runtime.DestroyAsync("survivor", None);
            Assert.Empty(cell.TracesOf("survivor"));
        });

    [Fact]
    public Task A_process_whose_shim_is_killed_is_lost_and_its_container_can_be_destroyed() =>
        cell.RunAsync(async () =>
        {
            var runtime = cell.Runtime;
            await runtime.CreateAsync(cell.Spec("shimless"), None);
            var process = await runtime.StartProcessAsync("shimless", "p", new ProcessSpec { Path = "/bin/sleep", Args = ["86400"] }, None);
            var shim = Assert.Single(
                CellFixture.ProcessesNaming("-shimless"),
                line => line.Contains("containerd-shim", StringComparison.Ordinal)
            );
            Native.Signal(ProcessIdentity.Of(int.Parse(shim.Split(' ')[0], CultureInfo.InvariantCulture))!.Value, (int)ProcessSignal.Kill);

            Assert.Equal(ProcessExit.Unknown, await process.Exit.WaitAsync(Wait.Patience));
            await Wait.UntilAsync(() => ProcessIdentity.Of(process.Pid) is null);
            await runtime.DestroyAsync("shimless", None);
            Assert.Empty(cell.TracesOf("shimless"));
        });

    [Fact]
    public Task A_process_whose_output_nobody_keeps_any_more_is_killed() =>
        cell.RunAsync(async () =>
        {
            var runtime = cell.Runtime;
            var info = await runtime.CreateAsync(cell.Spec("unkept"), None);
            var process = await runtime.StartProcessAsync("unkept", "p", new ProcessSpec { Path = "/bin/sleep", Args = ["86400"] }, None);
            var keeper = await File.ReadAllTextAsync(Path.Combine(info.Directory!, "processes", "p", "conmon.pid"), None);
            Native.Signal(ProcessIdentity.Of(int.Parse(keeper, CultureInfo.InvariantCulture))!.Value, (int)ProcessSignal.Kill);

            Assert.Equal(9, (await process.Exit.WaitAsync(Wait.Patience)).Signal);
            Assert.Equal(ContainerState.Ready, (await runtime.GetAsync("unkept", None))!.State);
            await runtime.DestroyAsync("unkept", None);
            Assert.Empty(cell.TracesOf("unkept"));
        });

    [Fact]
    public Task A_creation_that_is_cut_off_leaves_no_shim() =>
        cell.RunAsync(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                // Whenever it is cut off, before, in or after the start of the shim.
                using var cut = new CancellationTokenSource(TimeSpan.FromMilliseconds(30 * i));
                await Record.ExceptionAsync(() => cell.Runtime.CreateAsync(cell.Spec("cut-off"), cut.Token));
                await cell.Runtime.DestroyAsync("cut-off", None);
                // containerd removes the files of a shim that was killed by itself.
                await Wait.UntilAsync(() => cell.TracesOf("cut-off").Count == 0);
            }

            await Wait.UntilAsync(() => CellFixture.ProcessesNaming("-cut-off").Count == 0);
        });

    [Fact]
    public Task Another_driver_does_not_touch_its_containers() =>
        cell.RunAsync(async () =>
        {
            await cell.Runtime.CreateAsync(cell.Spec("own"), None);
            var refused = await Assert.ThrowsAsync<ContainerRuntimeException>(() => cell.StartRuncAsync());
            Assert.Contains("start the cell with --runtime containerd", refused.Message);
            Assert.Equal(ContainerState.Ready, (await cell.Runtime.GetAsync("own", None))!.State);
            await cell.Runtime.DestroyAsync("own", None);
        });

    public sealed class Cell : ConformanceCell
    {
        private readonly CellFixture _fixture = new();
        private ContainerdServer? _daemon;

        public override RuntimeKind Kind => RuntimeKind.Containerd;

        public override IReadOnlyDictionary<Ability, string> Lacks { get; } = new Dictionary<Ability, string>();

        public override string Directory => _fixture.Directory;

        public ContainerdServer Daemon => _daemon ?? throw new InvalidOperationException("not initialized");

        public override async ValueTask InitializeAsync()
        {
            _daemon = new ContainerdServer();
            await _daemon.StartAsync();
            var options = new ContainerdOptions { Address = _daemon.Address };
            _fixture.Options.SupervisorCheckInterval = TimeSpan.FromMilliseconds(200);
            _fixture.MakeRuntime = () =>
                new ContainerdRuntime(
                    _fixture.Options,
                    options,
                    _fixture.Images,
                    _fixture.Network,
                    TimeProvider.System,
                    NullLogger<ContainerdRuntime>.Instance
                );
            await _fixture.InitializeAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            try
            {
                await _fixture.DisposeAsync();
                Assert.Empty(Daemon.Containers());
            }
            finally
            {
                await Daemon.DisposeAsync();
            }
        }

        public async Task StartRuncAsync()
        {
            await using var runc = _fixture.Runc();
            await runc.PreflightAsync(None);
        }

        public override ContainerSpec Spec(string handle) => CellFixture.Spec(handle);

        public override IReadOnlyList<string> TracesOf(string handle) =>
            [.. _fixture.TracesOf(handle), .. Daemon.Containers().Where(name => name.EndsWith("-" + handle, StringComparison.Ordinal))];

        protected override Task EnterAsync(Func<Task> body) => _fixture.Namespace.RunAsync(body);

        protected override async Task<IContainerRuntime> StartAsync() => await _fixture.StartAnyAsync();
    }
}
