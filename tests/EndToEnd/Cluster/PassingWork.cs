using System.Collections.Concurrent;
using Scheduler.Client.Watch;
using Scheduler.Contracts.V1;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>
/// Tasks and LRPs that start, run, crash and stop all the time, from a seed. Each one's end is known beforehand, and is compared with what
/// the BBS says of it.
/// </summary>
internal sealed class PassingWork : IAsyncDisposable
{
    private const int TaskLanes = 5;
    private const int LrpLanes = 2;

    private readonly TestCluster _cluster;
    private readonly StartReports _starts;
    private readonly int _seed;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly Task _passing;
    private int _tasks;
    private int _crashes;
    private int _stops;

    private PassingWork(TestCluster cluster, StartReports starts, int seed)
    {
        (_cluster, _starts, _seed) = (cluster, starts, seed);
        _passing = Task.WhenAll(
            Enumerable
                .Range(0, TaskLanes)
                .Select(lane => LaneAsync(lane, TaskAsync))
                .Concat(Enumerable.Range(TaskLanes, LrpLanes).Select(lane => LaneAsync(lane, LrpAsync)))
        );
    }

    /// <summary>Ends that were not as planned.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    public string Summary => $"{_tasks} tasks, {_starts.Count} reported starts in all, {_crashes} crashes, {_stops} stops";

    public static PassingWork Begin(TestCluster cluster, StartReports starts, int seed) => new(cluster, starts, seed);

    /// <summary>Begins nothing more, and waits for what has begun.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _passing;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
    }

    private async Task LaneAsync(int lane, Func<string, Random, Task> passAsync)
    {
        var random = new Random((_seed * 100) + lane);
        for (var number = 0; !_stop.IsCancellationRequested; number++)
            await passAsync($"pass-{_seed}-{lane}-{number}", random);
    }

    /// <summary>A task that ends with a code, after a while, with or without a result.</summary>
    private async Task TaskAsync(string guid, Random random)
    {
        var code = random.Next(3) == 0 ? 0 : random.Next(1, 100);
        var (milliseconds, hasResult) = (random.Next(1_200), random.Next(2) == 0);
        var definition = new TaskDefinition
        {
            RootFs = _cluster.RootFs,
            MemoryMb = 16,
            DiskMb = 16,
            ResultFile = hasResult ? "/tmp/result" : "",
            Action = Shell(
                $"{_starts.Command(guid)}; usleep {milliseconds * 1_000}; {(hasResult ? "echo ran >> /tmp/result; " : "")}exit {code}"
            ),
        };
        var tasks = new TaskService.TaskServiceClient(_cluster.Bbs);
        await tasks.DesireAsync(
            new DesireTaskRequest
            {
                TaskGuid = guid,
                Domain = Work.Domain,
                TaskDefinition = definition,
            },
            deadline: DateTime.UtcNow + Wait.Patience
        );
        var ended = await CompletedAsync(tasks, guid);
        Interlocked.Increment(ref _tasks);
        var expected = code == 0 ? (false, "", hasResult ? "ran\n" : "") : (true, $"Exited with status {code}", "");
        var reason = ended.FailureReason;
        var said = (
            ended.Failed,
            reason[Math.Max(0, reason.IndexOf("Exited", StringComparison.Ordinal))..],
            ended.Failed ? "" : ended.Result
        );
        if (said != expected)
            _wrong.Enqueue($"task {guid} on {ended.CellId}: {said}, not {expected}");
        await tasks.ResolveAsync(new ResolveTaskRequest { TaskGuid = guid });
        await tasks.DeleteAsync(new DeleteTaskRequest { TaskGuid = guid });
    }

    /// <summary>An LRP that crashes with a code, or one that is stopped while it runs or starts.</summary>
    private async Task LrpAsync(string guid, Random random)
    {
        var desired = new DesiredLRPService.DesiredLRPServiceClient(_cluster.Bbs);
        var lrp = Work.Sleeper(_cluster, guid, 1 + random.Next(2));
        var code = random.Next(3) > 0 ? random.Next(1, 100) : 0;
        lrp.Action.RunAction.Args[1] =
            $"{_starts.Command("$INSTANCE_GUID")}; {(code > 0 ? $"usleep {random.Next(500_000)}; exit {code}" : lrp.Action.RunAction.Args[1])}";
        await desired.DesireAsync(new DesireLRPRequest { DesiredLrp = lrp }, deadline: DateTime.UtcNow + Wait.Patience);
        if (code > 0)
        {
            var rows = await _cluster.Watch.UntilAsync(
                guid,
                rows => rows.Count > 0 && rows.All(row => row.CrashCount > 0),
                Wait.Patience,
                CancellationToken.None
            );
            Interlocked.Add(ref _crashes, rows.Count);
            foreach (var row in rows.Where(row => !row.CrashReason.EndsWith($"Exited with status {code}", StringComparison.Ordinal)))
                _wrong.Enqueue($"{LrpWatch.Describe([row])}, not status {code}");
        }
        else
        {
            await Task.Delay(random.Next(1_500));
            Interlocked.Add(ref _stops, lrp.Instances);
        }

        await desired.RemoveAsync(new RemoveDesiredLRPRequest { ProcessGuid = guid }, deadline: DateTime.UtcNow + Wait.Patience);
        await _cluster.Watch.UntilAsync(guid, rows => rows.Count == 0, Wait.Patience, CancellationToken.None);
    }

    private static async Task<OneOffTask> CompletedAsync(TaskService.TaskServiceClient tasks, string guid)
    {
        OneOffTask? task = null;
        await Eventually.TrueAsync(
            async () =>
            {
                task = (await tasks.GetAsync(new GetTaskRequest { TaskGuid = guid }, deadline: DateTime.UtcNow + Wait.Patience)).Task;
                return task.State == OneOffTask.Types.State.Completed;
            },
            $"task {guid} is completed"
        );
        return task!;
    }

    private static LrpAction Shell(string script) =>
        new()
        {
            RunAction = new RunAction
            {
                Path = "/bin/sh",
                Args = { "-c", script },
                User = "vcap",
            },
        };
}
