using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Cli.Node;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Health;
using Scheduler.Rep.Identity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Transfers;
using Scheduler.Rep.Transfers.Web;
using Scheduler.Rep.Volumes;
using Scheduler.Tests.Integration.Containers;
using Scheduler.Tests.TestKit.Rep;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Rep;

/// <summary>A cell with real containers, files, sockets and clock (runc, conmon). The test stands in for the BBS.</summary>
public sealed class RealCellTests : IAsyncLifetime
{
    private readonly CellFixture _machine = new();
    private readonly FakeBbs _bbs = new();
    private readonly List<HostVolume> _volumes = [];
    private InstanceAuthorityFiles? _authority;

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
    /// The machine's openssl comes as volumes; the process is not root. The next rep has another authority, so it renews at once.
    /// </summary>
    [Fact]
    public Task A_container_has_a_certificate_that_is_renewed_under_its_eyes() =>
        _machine.Namespace.RunAsync(async () =>
        {
            _volumes.AddRange([new("bin", "/usr/bin", true), new("lib", "/usr/lib", true), new("lib64", "/usr/lib64", true)]);
            _authority = InstanceAuthorityFiles.Ensure(Path.Combine(_machine.Directory, "ca-1"), TimeProvider.System);
            var lrp = Server();
            lrp.CertificateProperties = new CertificateProperties { OrganizationalUnit = { "organization:o", "app:a" } };
            foreach (var volume in _volumes)
                lrp.VolumeMounts.Add(
                    new VolumeMount
                    {
                        Driver = volume.Name,
                        ContainerDir = volume.Name == "bin" ? "/opt/bin" : "/" + volume.Name,
                        Mode = "r",
                    }
                );
            lrp.CheckDefinition = null;
            lrp.Action = Shell(
                """
                export OPENSSL_CONF=/dev/null
                s() { /opt/bin/openssl x509 -noout -serial -in $CF_INSTANCE_CERT; }
                tell() {
                  /opt/bin/openssl verify -CAfile $CF_INSTANCE_CERT $CF_INSTANCE_CERT | sed 's,.*: ,,'
                  /opt/bin/openssl x509 -noout -subject -ext subjectAltName -in $CF_INSTANCE_CERT | tail -n 1 \
                    | sed "s/$CF_INSTANCE_GUID/GUID/; s/$CF_INSTANCE_INTERNAL_IP/IP/"
                  /opt/bin/openssl x509 -noout -subject -in $CF_INSTANCE_CERT | sed "s/$CF_INSTANCE_GUID/GUID/"
                  key=$(/opt/bin/openssl pkey -pubout -in $CF_INSTANCE_KEY)
                  [ "$(/opt/bin/openssl x509 -noout -pubkey -in $CF_INSTANCE_CERT)" = "$key" ] && echo fits
                }
                tell
                touch /etc/cf-instance-credentials/x 2>/dev/null || echo closed
                first=$(s); echo told
                while [ "$(s)" = "$first" ]; do sleep 0.05; done
                tell; echo renewed; sleep 1000
                """
            );
            lrp.Action.RunAction.User = "vcap";
            _bbs.Desire(lrp);
            string[] one = ["OK", "    DNS:GUID, IP Address:IP", "subject=OU = organization:o, OU = app:a, CN = GUID", "fits"];
            string guid;
            await using (var first = await StartRepAsync())
            {
                guid = await first.PlaceAsync("web");
                await Wait.UntilAsync(async () => (await OutputAsync(first, guid)).Contains("told"));
                Assert.Equal([.. one, "closed", "told"], await OutputAsync(first, guid));
            }

            var key = Path.Combine(_machine.Directory, "state", "identities", guid, "instance.key");
            Assert.StartsWith("-----BEGIN PRIVATE KEY-----", await File.ReadAllTextAsync(key), StringComparison.Ordinal);
            string[] asNobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "cat", key];
            Assert.NotEqual(0, (await CellFixture.MachineAsync("setpriv", asNobody)).ExitCode);
            _authority = InstanceAuthorityFiles.Ensure(Path.Combine(_machine.Directory, "ca-2"), TimeProvider.System);
            await using var second = await StartRepAsync();
            await Wait.UntilAsync(async () => (await OutputAsync(second, guid)).Contains("renewed"));
            Assert.Equal([.. one, "closed", "told", .. one, "renewed"], await OutputAsync(second, guid));

            await second.Node.Cell.StopLrpAsync(new LrpKey("web", 0), guid);
            await Wait.UntilAsync(() => Task.FromResult(!Directory.Exists(Path.GetDirectoryName(key))));
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_machine.Directory, "state", "identities")));
        });

    [Fact]
    public Task A_volume_that_is_gone_fails_the_task_before_it_runs() =>
        _machine.Namespace.RunAsync(async () =>
        {
            _volumes.Add(new("data", Path.Combine(_machine.Directory, "gone"), false));
            await using var cell = await StartRepAsync();
            var definition = new TaskDefinition
            {
                RootFs = "preloaded:busybox",
                MemoryMb = 64,
                Action = Shell("true"),
                VolumeMounts =
                {
                    new VolumeMount
                    {
                        Driver = "data",
                        ContainerDir = "/data",
                        Mode = "rw",
                    },
                },
            };
            _bbs.DesireTask("t", definition);
            var demand = new Demand("preloaded:busybox", 64, 1);
            var (refused, _) = await cell.Node.Cell.PerformWorkAsync(
                [],
                [new TaskOffer("u", "tests", demand with { VolumeDrivers = ["nfs"] })]
            );
            Assert.Equal(PlacementErrors.VolumeDriverMismatch, Assert.Single(refused.RefusedTasks).Reason);

            await cell.Node.Cell.PerformWorkAsync([], [new TaskOffer("t", "tests", demand with { VolumeDrivers = ["data"] })]);
            // Not the task's fault: another cell may have the directory.
            await Wait.UntilAsync(() => _bbs.Calls.Any(call => call.StartsWith("reject-task t", StringComparison.Ordinal)));
            await Wait.UntilAsync(async () => (await cell.Runtime.ListAsync(default)).Count == 0);
        });

    private static async Task<List<string>> OutputAsync(RunningRep cell, string guid)
    {
        var (log, limit) = await cell.Node.Cell.LogOfAsync(guid);
        var lines = new List<string>();
        await foreach (
            var line in new ContainerLogReader(cell.Runtime, guid, log, limit, cell.Node.Metrics).ReadAsync(0, follow: false, default)
        )
            if (!line.Text.StartsWith("Cell cell-1 ", StringComparison.Ordinal))
                lines.Add(line.Text);
        return lines;
    }

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
            new CellId("cell-1"),
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
                    Volumes = _volumes,
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
                ContainerFiles = new LocalContainerFiles(
                    Path.Combine(_machine.Directory, "state", "files"),
                    transfers.Dependencies,
                    _volumes
                ),
                Files = transfers.Files,
                Identity = _authority is null
                    ? null
                    : new InstanceIdentity(
                        InstanceAuthority.Load(_authority.CertificateFile, _authority.KeyFile, TimeProvider.System.GetUtcNow()),
                        Path.Combine(_machine.Directory, "state", "identities"),
                        TimeSpan.FromDays(1),
                        TimeProvider.System,
                        NullLogger.Instance
                    ),
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
