using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Scheduler.Client.Watch;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Hosting.Channels;
using Scheduler.Models;

namespace Scheduler.Cli.Demo;

/// <summary>The scenes of the demo, played through the gRPC services that any client uses. A scene that fails throws.</summary>
internal sealed class DemoStory(
    CallInvoker bbs,
    ChannelFactory channels,
    string rootFs,
    string router,
    Func<string, CancellationToken, Task> killContainer,
    DemoScreen screen,
    TimeProvider time
) : IDisposable
{
    private const string Domain = "demo";
    private const string Web = "demo-web";
    private const string HelloTask = "demo-hello";
    private const int Port = 8080;
    private const string Route = "web.localhost";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DesiredLRPService.DesiredLRPServiceClient _desired = new(bbs);
    private readonly TaskService.TaskServiceClient _tasks = new(bbs);
    private readonly CellService.CellServiceClient _cells = new(bbs);
    private readonly DomainService.DomainServiceClient _domains = new(bbs);
    private readonly LrpWatch _watch = new(bbs, time);
    private readonly TaskWatch _taskWatch = new(bbs, time);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };

    public async Task PlayAsync(CancellationToken cancellationToken)
    {
        await PlaceAsync(cancellationToken);
        await RunTaskAsync(cancellationToken);
        await RestartAsync(cancellationToken);
        await ScaleAsync(cancellationToken);
        await DrainAsync(cancellationToken);
    }

    public async Task RemoveAllAsync(CancellationToken cancellationToken)
    {
        screen.Scene("Remove everything");
        await _desired.RemoveAsync(new RemoveDesiredLRPRequest { ProcessGuid = Web }, cancellationToken: cancellationToken);
        await _watch.UntilAsync(Web, rows => rows.Count == 0, Patience, cancellationToken);
        screen.Done("the LRP and its instances are gone");
    }

    public void Dispose() => _http.Dispose();

    private async Task PlaceAsync(CancellationToken cancellationToken)
    {
        screen.Scene("Create an HTTP server with 3 instances");
        await _domains.UpsertAsync(new UpsertDomainRequest { Domain = Domain }, cancellationToken: cancellationToken);
        await _desired.DesireAsync(new DesireLRPRequest { DesiredLrp = WebServer() }, cancellationToken: cancellationToken);
        var rows = await RunningAsync(3, cancellationToken);
        screen.Done("placed by auction, started, healthy");
        await CurlAsync(rows, cancellationToken);
        await VisitAsync(cancellationToken);
    }

    private async Task RunTaskAsync(CancellationToken cancellationToken)
    {
        screen.Scene("Run a task and fetch its result");
        var definition = new TaskDefinition
        {
            RootFs = rootFs,
            MemoryMb = 32,
            DiskMb = 32,
            ResultFile = "/tmp/result",
            LogGuid = HelloTask,
            Action = Run("/bin/sh", "-c", "echo \"hello from $(hostname), $((6 * 7))\" > /tmp/result"),
        };
        await _tasks.DesireAsync(
            new DesireTaskRequest
            {
                TaskGuid = HelloTask,
                Domain = Domain,
                TaskDefinition = definition,
            },
            cancellationToken: cancellationToken
        );
        var task = await _taskWatch.UntilEndedAsync(HelloTask, Patience, null, cancellationToken);
        if (task.Failed || !task.Result.Contains("42", StringComparison.Ordinal))
            throw Failed($"the task completed with failure reason \"{task.FailureReason}\" and result \"{task.Result.Trim()}\"");
        screen.Done($"completed with the result \"{task.Result.Trim()}\"");
        await _tasks.ResolveAsync(new ResolveTaskRequest { TaskGuid = HelloTask }, cancellationToken: cancellationToken);
        await _tasks.DeleteAsync(new DeleteTaskRequest { TaskGuid = HelloTask }, cancellationToken: cancellationToken);
    }

    private async Task RestartAsync(CancellationToken cancellationToken)
    {
        screen.Scene("Kill a container behind the scheduler's back");
        var victim = (await RunningAsync(3, cancellationToken))[0];
        var guid = victim.ActualLrpInstanceKey.InstanceGuid;
        await killContainer(guid, cancellationToken);
        screen.Note($"killed the processes of {guid} ({Web}/{victim.ActualLrpKey.Index})");
        var rows = await _watch.UntilAsync(
            Web,
            rows => IsRunning(rows, 3) && rows.All(row => row.ActualLrpInstanceKey.InstanceGuid != guid),
            Patience,
            cancellationToken
        );
        var replacement = rows.Single(row => row.ActualLrpKey.Index == victim.ActualLrpKey.Index);
        if (replacement.CrashCount < 1)
            throw Failed("the crash was not counted");
        screen.Done($"crash detected, {Web}/{victim.ActualLrpKey.Index} runs again as {replacement.ActualLrpInstanceKey.InstanceGuid}");
        await CurlAsync(rows, cancellationToken);
    }

    private async Task ScaleAsync(CancellationToken cancellationToken)
    {
        screen.Scene("Scale to 5, then back to 2");
        await ScaleToAsync(5, cancellationToken);
        await CurlAsync(await RunningAsync(5, cancellationToken), cancellationToken);
        await ScaleToAsync(2, cancellationToken);
    }

    private async Task ScaleToAsync(int instances, CancellationToken cancellationToken)
    {
        var update = new DesiredLRPUpdate { Instances = instances };
        await _desired.UpdateAsync(
            new UpdateDesiredLRPRequest { ProcessGuid = Web, Update = update },
            cancellationToken: cancellationToken
        );
        await RunningAsync(instances, cancellationToken);
        screen.Done($"{instances} instances are running");
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        screen.Scene("Drain a cell");
        var rows = await RunningAsync(2, cancellationToken);
        var cellId = rows[0].ActualLrpInstanceKey.CellId;
        var cell = (await _cells.ListAsync(new ListCellsRequest(), cancellationToken: cancellationToken)).Cells.Single(cell =>
            cell.CellId == cellId
        );
        await new RepService.RepServiceClient(channels.Invoker(cell.RepUrl)).EvacuateAsync(
            new EvacuateRequest(),
            cancellationToken: cancellationToken
        );
        screen.Note($"{cellId} is draining; each instance keeps running until its replacement runs");
        rows = await _watch.UntilAsync(
            Web,
            rows => IsRunning(rows, 2) && rows.All(row => row.ActualLrpInstanceKey.CellId != cellId),
            Patience,
            cancellationToken
        );
        screen.Done($"{cellId} is empty, both instances run on other cells");
        await CurlAsync(rows, cancellationToken);
    }

    private async Task<IReadOnlyList<ActualLRP>> RunningAsync(int instances, CancellationToken cancellationToken) =>
        await _watch.UntilAsync(Web, rows => IsRunning(rows, instances), Patience, cancellationToken);

    private static bool IsRunning(IReadOnlyList<ActualLRP> rows, int instances) =>
        rows.Count == instances
        && rows.All(row => row.State == ActualLrpStateNames.Running && row.Presence == ActualLRP.Types.Presence.Ordinary);

    private async Task CurlAsync(IReadOnlyList<ActualLRP> rows, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
        {
            var mapping = row.ActualLrpNetInfo.Ports.Single(port => port.ContainerPort == Port);
            var url = $"http://{row.ActualLrpNetInfo.Address}:{mapping.HostPort}/";
            var answer = (await _http.GetStringAsync(url, cancellationToken)).Trim();
            var expected = $"instance {row.ActualLrpKey.Index}";
            if (!answer.Contains(expected, StringComparison.Ordinal))
                throw Failed($"{url} answered \"{answer}\" instead of {expected}");
            screen.Note($"{row.ActualLrpKey.Index}  {row.ActualLrpInstanceKey.CellId}  {row.AvailabilityZone}  {url}  \"{answer}\"");
        }

        screen.Done($"all {rows.Count} instances answer on their mapped ports");
    }

    /// <summary>Asks the app at its URL, where the router answers as soon as the route emitter has told it the route.</summary>
    private async Task VisitAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var url = RouteUrls.Of(router, Route);
        while (true)
        {
            // By address, because not every machine's resolver knows names that end in .localhost.
            using var request = new HttpRequestMessage(HttpMethod.Get, router);
            request.Headers.Host = Route;
            using var answer = await _http.SendAsync(request, either.Token);
            if (answer.IsSuccessStatusCode)
            {
                screen.Note($"{url}  \"{(await answer.Content.ReadAsStringAsync(cancellationToken)).Trim()}\"");
                screen.Done($"the app answers at its URL, {url}");
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), time, either.Token);
        }
    }

    private DesiredLRP WebServer()
    {
        var routes = new ProtoRoutes();
        routes.Routes[RouteKeys.Http] = ByteString.CopyFrom($$"""[{"hostnames":["{{Route}}"],"port":{{Port}}}]""", Encoding.UTF8);
        return new DesiredLRP
        {
            ProcessGuid = Web,
            Domain = Domain,
            RootFs = rootFs,
            Instances = 3,
            MemoryMb = 32,
            DiskMb = 32,
            Ports = { Port },
            LogGuid = Web,
            LogSource = "WEB",
            Routes = routes,
            MetricTags = { ["source_id"] = new MetricTagValue { Static = Web } },
            Action = Run(
                "/bin/sh",
                "-c",
                $"mkdir -p /tmp/www && echo \"hello from instance $INSTANCE_INDEX\" > /tmp/www/index.html && exec httpd -f -p {Port} -h /tmp/www"
            ),
            CheckDefinition = new CheckDefinition
            {
                Checks =
                {
                    new Check
                    {
                        HttpCheck = new HTTPCheck { Port = Port, Path = "/" },
                    },
                },
            },
            StartTimeoutMs = (long)Patience.TotalMilliseconds,
        };
    }

    private static LrpAction Run(string path, params string[] args) =>
        new()
        {
            RunAction = new RunAction
            {
                Path = path,
                Args = { args },
                User = "vcap",
            },
        };

    private static DomainException Failed(string what) => new DomainError(ErrorKind.Unknown, what).ToException();
}
