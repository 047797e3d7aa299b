using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Health;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Transfers;
using Scheduler.Rep.Transfers.Web;
using Scheduler.Tests.Integration.Containers;
using Scheduler.Tests.TestKit.Rep;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Rep;

/// <summary>A cell with real containers, files, sockets and clock (runc, conmon). The test stands in for the BBS.</summary>
public sealed class RealCellTests : IAsyncLifetime
{
    private readonly CellFixture _machine = new();
    private readonly FakeBbs _bbs = new();

    public ValueTask InitializeAsync() => _machine.InitializeAsync();

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Fact]
    public Task A_server_is_found_again_by_the_next_rep_and_its_exit_is_told() =>
        _machine.Namespace.RunAsync(async () =>
        {
            string guid;
            await using (var first = await StartRepAsync())
            {
                _bbs.Desire(Server());
                guid = await first.PlaceAsync("web");
                await Wait.UntilAsync(() => Is("web", ActualLrpStateNames.Running));
                var address = _bbs.Row("web").ActualLrpNetInfo.InstanceAddress;
                Assert.EndsWith("served by 0", (await GetAsync(address)).Trim());
            }

            Assert.Equal(ActualLrpStateNames.Running, _bbs.Row("web").State);
            await using var second = await StartRepAsync();
            Assert.Equal(AllocationState.Running, (await second.Node.Cell.ReadStateAsync(0, default)).Full!.Allocations.Single().State);
            await second.Runtime.StartProcessAsync(guid, "test.stop", CellFixture.Shell("touch /tmp/stop"), default);
            await Wait.UntilAsync(() => Is("web", ActualLrpStateNames.Crashed));

            Assert.Equal("APP: Exited with status 7", _bbs.Row("web").CrashReason);
            await Wait.UntilAsync(async () => await second.Runtime.GetAsync(guid, default) is null);
            Assert.Equal(1, _bbs.Calls.Count(call => call.StartsWith("crash", StringComparison.Ordinal)));
        });

    [Fact]
    public Task A_task_gives_its_result_and_its_log() =>
        _machine.Namespace.RunAsync(async () =>
        {
            await using var cell = await StartRepAsync();
            var definition = new TaskDefinition
            {
                RootFs = "preloaded:busybox",
                LogSource = "TASK",
                ResultFile = "/tmp/result",
                MemoryMb = 64,
                EnvironmentVariables =
                {
                    new EnvironmentVariable { Name = "NAME", Value = "world" },
                },
                Action = Shell(
                    "echo hello $NAME; echo careful >&2; while [ ! -e /tmp/go ]; do sleep 0.05; done; printf done > /tmp/result"
                ),
            };
            _bbs.DesireTask("t", definition);
            await cell.Node.Cell.PerformWorkAsync([], [new TaskOffer("t", "tests", new Demand("preloaded:busybox", 64, 1))]);
            var lines = new List<string>();
            await Wait.UntilAsync(async () =>
            {
                var (log, limit) = await cell.Node.Cell.LogOfAsync("t");
                lines.Clear();
                await foreach (
                    var line in new ContainerLogReader(cell.Runtime, "t", log, limit, cell.Node.Metrics).ReadAsync(
                        0,
                        follow: false,
                        default
                    )
                )
                    lines.Add($"{line.Stream} {line.Source}: {line.Text}");
                return lines.Count == 4;
            });
            await cell.Runtime.StartProcessAsync("t", "test.go", CellFixture.Shell("touch /tmp/go"), default);
            await Wait.UntilAsync(() => Task.FromResult(_bbs.Tasks["t"].State == OneOffTask.Types.State.Completed));

            Assert.Equal((false, "done"), (_bbs.Tasks["t"].Failed, _bbs.Tasks["t"].Result));
            Assert.Contains("Stdout TASK: hello world", lines);
            Assert.Contains("Stderr TASK: careful", lines);
        });

    [Fact]
    public Task A_deaf_process_is_killed_after_its_grace() =>
        _machine.Namespace.RunAsync(async () =>
        {
            await using var cell = await StartRepAsync();
            var lrp = Server();
            (lrp.CheckDefinition, lrp.Action) = (null, Shell("trap '' TERM; while true; do sleep 0.1; done"));
            _bbs.Desire(lrp);
            var guid = await cell.PlaceAsync("web");
            await Wait.UntilAsync(() => Is("web", ActualLrpStateNames.Running));
            await cell.Node.Cell.StopLrpAsync(new LrpKey("web", 0), guid);
            await Wait.UntilAsync(() => Task.FromResult(_bbs.Calls.Contains("remove web/0")));

            await Wait.UntilAsync(async () => await cell.Runtime.GetAsync(guid, default) is null);
        });

    /// <summary>
    /// Uses a socket of this thread, which is in the cell's network namespace; an HTTP client connects from other threads.
    /// </summary>
    private static async Task<string> GetAsync(string address)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address, 8080);
        await client.GetStream().WriteAsync("GET /index.html HTTP/1.0\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync();
    }

    private Task<bool> Is(string processGuid, string state) => Task.FromResult(_bbs.Row(processGuid).State == state);

    private async Task<RunningRep> StartRepAsync()
    {
        var runtime = await _machine.StartAsync();
        var transfers = new CellTransfers(
            Path.Combine(_machine.Directory, "state", "downloads"),
            new TransferOptions(),
            runtime,
            TimeProvider.System,
            Guid.NewGuid
        );
        var node = await CellNode.OpenAsync(
            new CellNodeParts
            {
                Options = new RepOptions
                {
                    CellId = "cell-1",
                    MemoryMb = 1000,
                    DiskMb = 1000,
                    PreloadedRootFs = ["busybox"],
                    AdvertiseAddress = TestKit.Containers.TestNetworkNamespace.HostAddress,
                    RepUrl = "http://127.0.0.1:1",
                    UnhealthyInterval = TimeSpan.FromMilliseconds(100),
                    GracefulShutdown = TimeSpan.FromSeconds(1),
                },
                Runtime = runtime,
                Bbs = _bbs,
                Journal = new FileJournal(
                    Path.Combine(_machine.Directory, "state", "journal"),
                    TimeProvider.System,
                    Guid.NewGuid,
                    () => 10_000,
                    NullLogger<FileJournal>.Instance
                ),
                ContainerFiles = new LocalContainerFiles(Path.Combine(_machine.Directory, "state", "files"), transfers.Dependencies),
                Files = transfers.Files,
                Probe = new NetworkProbe(),
                Time = TimeProvider.System,
                NewGuid = Guid.NewGuid,
                Random = new Random(1),
                Logger = NullLogger.Instance,
            },
            default
        );
        return new RunningRep(node, runtime, transfers);
    }

    private static DesiredLRP Server() =>
        new()
        {
            ProcessGuid = "web",
            Domain = "tests",
            RootFs = "preloaded:busybox",
            Instances = 1,
            MemoryMb = 64,
            LogSource = "APP",
            Ports = { 8080 },
            Action = Shell(
                "mkdir /tmp/www; echo served by $CF_INSTANCE_INDEX > /tmp/www/index.html; httpd -f -p 8080 -h /tmp/www & while [ ! -e /tmp/stop ]; do sleep 0.05; done; exit 7"
            ),
            CheckDefinition = new CheckDefinition { Checks = { Actions.Tcp(8080) } },
        };

    private static LrpAction Shell(string script) =>
        new()
        {
            RunAction = new RunAction
            {
                Path = "/bin/sh",
                Args = { "-c", script },
                User = "root",
            },
        };

    private sealed class RunningRep : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ending = new();
        private readonly Task _running;

        private readonly CellTransfers _transfers;

        public RunningRep(CellNode node, Scheduler.Rep.Runtime.IContainerRuntime runtime, CellTransfers transfers)
        {
            (Node, Runtime, _transfers) = (node, runtime, transfers);
            _running = node.RunAsync(_ending.Token);
        }

        public CellNode Node { get; }

        public Scheduler.Rep.Runtime.IContainerRuntime Runtime { get; }

        public async Task<string> PlaceAsync(string processGuid)
        {
            var (verdict, _) = await Node.Cell.PerformWorkAsync(
                [new LrpOffer(new LrpKey(processGuid, 0), "tests", new Demand("preloaded:busybox", 64, 1))],
                []
            );
            return verdict.Taken.Single().ContainerGuid;
        }

        public async ValueTask DisposeAsync()
        {
            _ending.Cancel();
            await _running.WaitAsync(Wait.Patience);
            Node.Dispose();
            await Runtime.DisposeAsync();
            _transfers.Dispose();
            _ending.Dispose();
        }
    }
}
