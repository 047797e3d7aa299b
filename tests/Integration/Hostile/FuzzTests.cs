using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs;
using Scheduler.Bbs.Events;
using Scheduler.Cli.Node;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Roles;
using Scheduler.Hosting.Tls;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Hostile;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Hostile;

/// <summary>
/// Calls every method of every service over mutual TLS, with each component's certificate and hostile requests from a seed. Set
/// <c>SCHEDULER_FUZZ_MINUTES</c> to run longer, and <c>SCHEDULER_FUZZ_SEED</c> for another seed.
/// </summary>
public sealed class FuzzTests : IAsyncLifetime
{
    private const int Callers = 6;
    private const int CallsOfEach = 400;
    private const int CallsOfARound = 200;
    private const long MostGrowthBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(20);

    /// <summary>Time after which an endless stream is abandoned; the others end earlier.</summary>
    private static readonly TimeSpan StreamLimit = TimeSpan.FromMilliseconds(50);

    private static readonly (string Name, PeerRoles Role)[] Certificates =
    [
        ("client", PeerRoles.Client),
        ("cell-1", PeerRoles.Rep),
        ("auctioneer", PeerRoles.Auctioneer),
        ("converger", PeerRoles.Converger),
        ("route-emitter", PeerRoles.RouteEmitter),
        ("bbs", PeerRoles.Bbs),
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fuzz-");
    private readonly ConcurrentDictionary<StatusCode, int> _answers = [];
    private readonly ConcurrentQueue<string> _faults = [];
    private readonly Dictionary<PeerRoles, ChannelFactory> _channels = [];
    private AllInOneNode _node = null!;
    private Task _running = null!;
    private string _auctioneer = "";
    private string _rep = "";

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task No_request_ends_a_part_breaks_it_or_fills_it()
    {
        var seed = Setting("SCHEDULER_FUZZ_SEED", 1);
        var until = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(Setting("SCHEDULER_FUZZ_MINUTES", 0));
        var round = 0;
        await RunRoundsAsync(CallsOfEach / 2);
        await TidyAsync();
        var before = Heap();
        await RunRoundsAsync(CallsOfEach / 2);
        while (TimeProvider.System.GetUtcNow() < until && _faults.IsEmpty)
            await RunRoundsAsync(CallsOfARound);
        await TidyAsync();

        Assert.True(_faults.IsEmpty, $"{_faults.Count} answers are nobody's meaning:\n{string.Join('\n', _faults.Take(20))}");
        // Some calls succeeded, and others were refused for every possible reason.
        Assert.All(
            (StatusCode[])
                [
                    StatusCode.OK,
                    StatusCode.InvalidArgument,
                    StatusCode.NotFound,
                    StatusCode.PermissionDenied,
                    StatusCode.AlreadyExists,
                    StatusCode.FailedPrecondition,
                ],
            status => Assert.True(_answers.GetValueOrDefault(status) > 0, $"no call was answered {status}: {Tally()}")
        );
        Assert.False(_running.IsCompleted, "a part has ended");
        Assert.Equal(1L, await EpochAsync());
        // The pools of buffers let go of what was not used for a minute. What stays after that is a leak.
        var after = Heap();
        var patience = Stopwatch.StartNew();
        while (after - before >= MostGrowthBytes && patience.Elapsed < Wait.Patience)
        {
            await Task.Delay(TimeSpan.FromSeconds(5));
            after = Heap();
        }

        Assert.True(after - before < MostGrowthBytes, $"the heap grew from {before} to {after} bytes");
        TestContext.Current.SendDiagnosticMessage($"{_answers.Values.Sum()} answers ({Tally()}); heap {before} to {after} bytes");

        // The remaining data is loaded again in a new term, and the components work.
        await Client<DesiredLRPService.DesiredLRPServiceClient>()
            .DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("kept", 0) });
        var lrps = await LrpsAsync();
        await StopAsync();
        await StartAsync();
        Assert.Equal(lrps, await LrpsAsync());

        async Task RunRoundsAsync(int calls)
        {
            for (var done = 0; done < calls; done += CallsOfARound)
            {
                var at = round++;
                await Task.WhenAll(
                    Enumerable
                        .Range(0, Callers)
                        .Select(caller => CallAsync(new SeededRandom((ulong)(seed * 1_000_003 + at * Callers + caller))))
                );
                await TidyAsync();
            }
        }
    }

    private async Task CallAsync(SeededRandom chance)
    {
        var bytes = new HostileBytes(chance);
        for (var i = 0; i < CallsOfARound; i++)
        {
            var method = chance.Pick(FuzzedMethod.All);
            var allowed = Certificates.Where(certificate => method.Required.HasFlag(certificate.Role)).ToList();
            var (_, role) = chance.Percent(85) ? chance.Pick(allowed) : chance.Pick(Certificates);
            var request = bytes.Of(method.Descriptor.InputType, ValidRequests.Of(method.Descriptor.InputType.FullName));
            if (await CallAsync(method, role, request) is not { } status)
                continue;
            _answers.AddOrUpdate(status.StatusCode, 1, (_, count) => count + 1);
            if (
                status.StatusCode
                    is StatusCode.Internal
                        or StatusCode.Unknown
                        or StatusCode.Unimplemented
                        or StatusCode.DataLoss
                        or StatusCode.Unavailable
                || (status.StatusCode == StatusCode.OK && !method.Required.HasFlag(role))
            )
                _faults.Enqueue(
                    $"{method.Method.FullName} as {role}: {status} for {Convert.ToHexString(request.AsSpan(0, Math.Min(request.Length, 400)))} ({request.Length} bytes)"
                );
        }
    }

    /// <returns>Null for a stream that was abandoned before it returned a status.</returns>
    private async Task<Status?> CallAsync(FuzzedMethod method, PeerRoles role, byte[] request)
    {
        var service = method.Descriptor.Service.Name;
        var invoker = _channels[role]
            .Raw(
                service == nameof(AuctionService) ? _auctioneer
                : service is nameof(RepService) or nameof(InstanceAccess) or nameof(CellImageService) ? _rep
                : _node.BbsUrl
            );
        using var limit = new CancellationTokenSource(method.Descriptor.IsServerStreaming ? StreamLimit : CallLimit);
        var options = new CallOptions(cancellationToken: limit.Token);
        try
        {
            if (method.Descriptor.IsServerStreaming)
            {
                using var call = invoker.AsyncServerStreamingCall(method.Method, null, options, request);
                while (await call.ResponseStream.MoveNext(limit.Token)) { }
            }
            else
            {
                await invoker.AsyncUnaryCall(method.Method, null, options, request);
            }

            return Status.DefaultSuccess;
        }
        catch (RpcException failure)
            when (method.Descriptor.IsServerStreaming
                && limit.IsCancellationRequested
                && failure.StatusCode is (StatusCode.Cancelled or StatusCode.Unavailable)
            )
        {
            return null;
        }
        catch (RpcException failure)
        {
            return failure.Status;
        }
    }

    /// <summary>Removes what the round left, as clients do; otherwise the heap measurement would include that data.</summary>
    private async Task TidyAsync()
    {
        var lrps = Client<DesiredLRPService.DesiredLRPServiceClient>();
        foreach (var guid in await LrpsAsync())
            await TakenAsync(() => lrps.RemoveAsync(new RemoveDesiredLRPRequest { ProcessGuid = guid }));
        var tasks = Client<TaskService.TaskServiceClient>();
        using var list = tasks.List(new ListTasksRequest());
        await foreach (var page in list.ResponseStream.ReadAllAsync())
        {
            foreach (var task in page.Tasks)
            {
                await TakenAsync(() => tasks.CancelAsync(new CancelTaskRequest { TaskGuid = task.TaskGuid }));
                await TakenAsync(() => tasks.ResolveAsync(new ResolveTaskRequest { TaskGuid = task.TaskGuid }));
                await TakenAsync(() => tasks.DeleteAsync(new DeleteTaskRequest { TaskGuid = task.TaskGuid }));
            }
        }
    }

    /// <summary>Tolerates that a cell, the converger or a callback was faster.</summary>
    private static async Task TakenAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        try
        {
            await call();
        }
        catch (DomainException failure)
            when (failure.Kind is ErrorKind.ResourceNotFound or ErrorKind.InvalidStateTransition or ErrorKind.InvalidRequest)
        {
            // The fuzzed requests may have changed the row that this call concerns.
        }
    }

    private async Task<List<string>> LrpsAsync()
    {
        var guids = new List<string>();
        using var list = Client<DesiredLRPService.DesiredLRPServiceClient>().List(new ListDesiredLRPsRequest());
        await foreach (var page in list.ResponseStream.ReadAllAsync())
            guids.AddRange(page.DesiredLrps.Select(lrp => lrp.ProcessGuid));
        return guids;
    }

    private static long Heap()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private async Task<long> EpochAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.FullName, "node", "bbs.db")};Mode=ReadOnly");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT epoch FROM bbs_epoch";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private T Client<T>()
        where T : ClientBase<T> => (T)Activator.CreateInstance(typeof(T), _channels[PeerRoles.Client].Invoker(_node.BbsUrl))!;

    private string Tally() => string.Join(", ", _answers.OrderBy(answer => answer.Key).Select(answer => $"{answer.Key} {answer.Value}"));

    private async Task StartAsync()
    {
        _node = await AllInOneNode.StartAsync(
            new NodeOptions
            {
                DataDirectory = Path.Combine(_folder.FullName, "node"),
                Listen = "127.0.0.1:0",
                Cells = 2,
                Runtime = RuntimeKind.Simulated,
                PreloadedRootFs = new Dictionary<string, string> { ["busybox"] = _folder.FullName },
                // Events that followers may still request are kept on purpose; a limit of one megabyte does not hide leaks.
                Bbs = new BbsOptions { Events = new EventOptions { MaxBytes = 1024 * 1024 } },
                LogLevel = LogLevel.None,
            },
            CancellationToken.None
        );
        _running = _node.WaitForStopAsync(CancellationToken.None);
        var certificates = Path.Combine(_folder.FullName, "node", "tls");
        foreach (var (name, role) in Certificates)
        {
            _channels[role] = new ChannelFactory(
                TlsIdentity.Load(
                    new TlsOptions
                    {
                        CertificateFile = Path.Combine(certificates, $"{name}.crt"),
                        KeyFile = Path.Combine(certificates, $"{name}.key"),
                        AuthorityFile = Path.Combine(certificates, "ca.crt"),
                    }
                ),
                // A machine that is too busy to answer a probe in time is no fault of the request.
                new ChannelOptions { KeepAlive = Wait.Patience, KeepAliveTimeout = Wait.Patience }
            );
        }

        await Wait.UntilAsync(async () =>
        {
            var cells = (await Client<CellService.CellServiceClient>().ListAsync(new ListCellsRequest())).Cells;
            _rep = cells.FirstOrDefault(cell => cell.CellId == "cell-1")?.RepUrl ?? "";
            var locks = (await Client<LockService.LockServiceClient>().ListAsync(new ListLocksRequest())).Locks;
            _auctioneer = locks.FirstOrDefault(entry => entry.Key == "auctioneer")?.Value ?? "";
            return cells.Count == 2 && _auctioneer.Length > 0;
        });
    }

    private async Task StopAsync()
    {
        foreach (var channels in _channels.Values)
            channels.Dispose();
        await _node.StopAsync(CancellationToken.None);
        await _node.DisposeAsync();
        await _running;
    }

    private static int Setting(string variable, int fallback) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : fallback;
}
