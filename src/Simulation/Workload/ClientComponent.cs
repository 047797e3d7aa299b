using Scheduler.Contracts.Work;
using Scheduler.Hosting;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Invariants;
using Scheduler.Simulation.Machines;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Workload;

/// <summary>
/// A platform component as a client: desires, scales and removes LRPs, runs tasks, keeps its domain fresh. It repeats requests with an
/// unknown outcome until the outcome is known, and records acknowledgements in <see cref="AcknowledgedWrites"/>.
/// </summary>
internal sealed class ClientComponent(
    SimulatedCluster cluster,
    string name,
    Machine machine,
    WorkloadOptions options,
    AcknowledgedWrites acknowledged,
    Chance chance
) : Component(cluster, name, machine)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(2);

    private const int StartTimeoutMs = 15_000;

    // Of the LRPs that are desired, so many come with others in one call.
    private const double BatchShare = 0.2;
    private const int MostInBatch = 3;

    private readonly List<DesiredLRP> _lrps = [];
    private readonly Dictionary<string, TimeSpan> _unsettledUntil = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _windingDown = new();
    private int _made;

    /// <summary>Whether it has wound down and will make no more requests.</summary>
    public bool HasWoundDown { get; private set; }

    public string Domain => Name;

    /// <summary>Starts no new work; work in progress is finished.</summary>
    public void WindDown() => _windingDown.TrySetResult();

    protected override Task RunAsync(VirtualProcess process, CancellationToken stopping)
    {
        var invoker = BbsOf(process).Invoker;
        var calls = new Calls(
            new DesiredLRPService.DesiredLRPServiceClient(invoker),
            new ActualLRPService.ActualLRPServiceClient(invoker),
            new TaskService.TaskServiceClient(invoker),
            new DomainService.DomainServiceClient(invoker),
            new ChangeService.ChangeServiceClient(invoker),
            process
        );
        return Task.WhenAll(KeepFreshAsync(calls), WorkAsync(calls));
    }

    private async Task KeepFreshAsync(Calls calls)
    {
        while (true)
        {
            var request = new UpsertDomainRequest { Domain = Domain, TtlSeconds = (uint)FreshFor.TotalSeconds };
            await Ask.OfAsync(async () => await calls.Domains.UpsertAsync(request, deadline: calls.Deadline));
            await Task.Delay(FreshFor / 4, calls.Process.Time);
        }
    }

    private async Task WorkAsync(Calls calls)
    {
        var initial = Cluster.Settings.Cells * options.InitialPerCell;
        var perRound = options.Clients * options.MostInstances;
        for (var desired = 0; desired < initial && !_windingDown.Task.IsCompleted; desired += perRound)
            await DesireAsync(calls, NewFiller());
        while (
            !await Waits.EndsWithinAsync(_windingDown.Task, chance.ShortWaiting(options.Pace), calls.Process.Time, CancellationToken.None)
        )
            await ActAsync(calls);
        // Remove LRPs that crash for ever: they would keep the cluster from settling.
        foreach (var lrp in _lrps.Where(lrp => !WorkTraits.Lasts(lrp.Action)).ToList())
            await RemoveAsync(calls, lrp);
        HasWoundDown = true;
    }

    private Task ActAsync(Calls calls)
    {
        var dice = chance.Between(0, 99);
        if (dice < 25)
            return RunTaskAsync(calls);
        if (_lrps.Count == 0 || (dice < 55 && _lrps.Count < options.LrpsEach))
            return chance.Happens(BatchShare) ? DesireTogetherAsync(calls) : DesireAsync(calls, NewLrp());
        var lrp = chance.Pick(_lrps);
        if (dice < 80)
            return ScaleAsync(calls, lrp);
        return dice < 88 ? RetireAsync(calls, lrp) : RemoveAsync(calls, lrp);
    }

    private async Task DesireAsync(Calls calls, DesiredLRP lrp)
    {
        acknowledged.Expects(lrp.ProcessGuid, lrp.Instances);
        await UntilKnownAsync(
            calls,
            lrp.ProcessGuid,
            ErrorKind.ResourceExists,
            async () => await calls.Desired.DesireAsync(new DesireLRPRequest { DesiredLrp = lrp.Clone() }, deadline: calls.Deadline)
        );
        _lrps.Add(lrp);
        acknowledged.Promised(lrp.ProcessGuid, lrp.Instances);
    }

    /// <summary>Desires several LRPs in one call. Each has an outcome of its own, and what is unknown is repeated.</summary>
    private async Task DesireTogetherAsync(Calls calls)
    {
        var left = new List<DesiredLRP>();
        for (var count = chance.Between(2, MostInBatch); count > 0; count--)
            left.Add(NewLrp());
        foreach (var lrp in left)
            acknowledged.Expects(lrp.ProcessGuid, lrp.Instances);
        while (true)
        {
            var request = new ApplyChangesRequest();
            foreach (var lrp in left)
                request.Changes.Add(new Change { DesireLrp = new DesireLRPRequest { DesiredLrp = lrp.Clone() } });
            IReadOnlyList<ChangeAnswer> answers = [];
            await Ask.OfAsync(async () => answers = (await calls.Changes.ApplyAsync(request, deadline: calls.Deadline)).Answers);
            var unknown = new List<DesiredLRP>();
            for (var i = 0; i < left.Count; i++)
            {
                var lrp = left[i];
                if (i < answers.Count && Settles(answers[i], lrp.ProcessGuid))
                {
                    _lrps.Add(lrp);
                    acknowledged.Promised(lrp.ProcessGuid, lrp.Instances);
                    continue;
                }

                _unsettledUntil[lrp.ProcessGuid] = Cluster.World.Now + acknowledged.LongestDelay;
                unknown.Add(lrp);
            }

            if (unknown.Count == 0)
                return;
            left = unknown;
            await Task.Delay(RetryPause, calls.Process.Time);
        }
    }

    /// <summary>Whether the LRP is known to be desired. That it exists already means that an earlier answer was lost.</summary>
    private bool Settles(ChangeAnswer answer, string guid)
    {
        if (answer.Error is not { } error || error.Type == (Error.Types.Type)ErrorKind.ResourceExists)
            return true;
        if (Ask.IsDecision((ErrorKind)error.Type))
            Cluster.Violated(AcknowledgedWrites.Rule, $"{guid}: refused with {error.Type} in a batch: {error.Message}");
        return false;
    }

    private async Task ScaleAsync(Calls calls, DesiredLRP lrp)
    {
        await SettledAsync(calls, lrp.ProcessGuid);
        var instances = chance.Between(0, options.MostInstances);
        acknowledged.Expects(lrp.ProcessGuid, instances);
        var request = new UpdateDesiredLRPRequest
        {
            ProcessGuid = lrp.ProcessGuid,
            Update = new DesiredLRPUpdate { Instances = instances },
        };
        await UntilKnownAsync(calls, lrp.ProcessGuid, null, async () => await calls.Desired.UpdateAsync(request, deadline: calls.Deadline));
        lrp.Instances = instances;
        acknowledged.Promised(lrp.ProcessGuid, instances);
    }

    private async Task RemoveAsync(Calls calls, DesiredLRP lrp)
    {
        await SettledAsync(calls, lrp.ProcessGuid);
        acknowledged.ExpectsGone(lrp.ProcessGuid);
        var request = new RemoveDesiredLRPRequest { ProcessGuid = lrp.ProcessGuid };
        await UntilKnownAsync(
            calls,
            lrp.ProcessGuid,
            ErrorKind.ResourceNotFound,
            async () => await calls.Desired.RemoveAsync(request, deadline: calls.Deadline)
        );
        _lrps.Remove(lrp);
        acknowledged.PromisedGone(lrp.ProcessGuid);
    }

    private async Task RetireAsync(Calls calls, DesiredLRP lrp)
    {
        if (lrp.Instances == 0)
            return;
        var key = new ActualLRPKey
        {
            ProcessGuid = lrp.ProcessGuid,
            Domain = Domain,
            Index = chance.Between(0, lrp.Instances - 1),
        };
        acknowledged.MayStop(new LrpKey(key.ProcessGuid, key.Index), CallTimeout * 3);
        // Not repeated: it stops whatever runs now, so a repetition would be another request.
        await Ask.OfAsync(async () =>
            await calls.Actual.RetireAsync(new RetireActualLRPRequest { ActualLrpKey = key }, deadline: calls.Deadline)
        );
    }

    private async Task RunTaskAsync(Calls calls)
    {
        var guid = $"{Name}-task-{++_made}";
        var definition = new TaskDefinition
        {
            RootFs = "preloaded:linux",
            MemoryMb = 64 << chance.Between(0, 2),
            DiskMb = 64,
            Action = WorkTraits.ToExit(chance.Between(TimeSpan.Zero, TimeSpan.FromSeconds(60)), chance.Happens(0.2) ? 1 : 0),
            CompletionCallbackUrl = chance.Happens(0.5) ? "http://client/done" : "",
        };
        acknowledged.ExpectsTask(guid);
        await UntilKnownAsync(
            calls,
            guid,
            ErrorKind.ResourceExists,
            async () =>
                await calls.Tasks.DesireAsync(
                    new DesireTaskRequest
                    {
                        TaskGuid = guid,
                        Domain = Domain,
                        TaskDefinition = definition.Clone(),
                    },
                    deadline: calls.Deadline
                )
        );
        acknowledged.PromisedTask(guid);
        if (!chance.Happens(0.15))
            return;
        await Task.Delay(chance.Between(TimeSpan.Zero, TimeSpan.FromSeconds(30)), calls.Process.Time);
        await Ask.OfAsync(async () => await calls.Tasks.CancelAsync(new CancelTaskRequest { TaskGuid = guid }, deadline: calls.Deadline));
    }

    /// <summary>A filler LRP that only takes up capacity.</summary>
    private DesiredLRP NewFiller() => NewLrp(options.MostInstances, 64, WorkTraits.ToServe());

    private DesiredLRP NewLrp() =>
        NewLrp(
            chance.Between(1, options.MostInstances),
            64 << chance.Between(0, 3),
            chance.Happens(options.CrashLoopShare)
                ? chance.Happens(0.3)
                    ? WorkTraits.ToRunOutOfMemory(chance.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20)))
                    : WorkTraits.ToExit(chance.Between(TimeSpan.Zero, TimeSpan.FromSeconds(20)), 1)
                : WorkTraits.ToServe()
        );

    private DesiredLRP NewLrp(int instances, int memoryMb, LrpAction action)
    {
        var guid = $"{Name}-lrp-{++_made}";
        var lrp = new DesiredLRP
        {
            ProcessGuid = guid,
            Domain = Domain,
            RootFs = "preloaded:linux",
            Instances = instances,
            MemoryMb = memoryMb,
            DiskMb = 128,
            LogGuid = guid,
            Ports = { 8080 },
            Routes = new ProtoRoutes(),
            Action = action,
            UpdateStrategy = chance.Happens(0.2) ? DesiredLRP.Types.UpdateStrategy.Recreate : DesiredLRP.Types.UpdateStrategy.Rolling,
        };
        if (chance.Happens(options.MonitoredShare))
            (lrp.Monitor, lrp.StartTimeoutMs) = (WorkTraits.ToCheck(), StartTimeoutMs);
        lrp.MetricTags.Add("source_id", new MetricTagValue { Static = guid });
        lrp.Routes.Routes.Add(
            RouteKeys.Http,
            Google.Protobuf.ByteString.CopyFromUtf8($$"""[{"hostnames":["{{guid}}.example"],"port":8080}]""")
        );
        return lrp;
    }

    /// <summary>Repeats until the request is known to be done. Any other refusal would mean that an acknowledged write was lost.</summary>
    private async Task UntilKnownAsync(Calls calls, string guid, ErrorKind? doneBefore, Func<Task> call)
    {
        for (var tries = 1; ; tries++)
        {
            var ask = await Ask.OfAsync(call);
            if (ask.Outcome == AskOutcome.Done)
                return;
            if (ask.Outcome == AskOutcome.Refused)
            {
                // The reply to an earlier attempt was lost, or a repeated message arrived first.
                if (ask.Error == doneBefore)
                    return;
                Cluster.Violated(AcknowledgedWrites.Rule, $"{guid}: refused with {ask.Error} in try {tries}: {ask.Message}");
                return;
            }

            // An attempt in transit may be carried out at any time until all connections that could carry it have been given up.
            _unsettledUntil[guid] = Cluster.World.Now + acknowledged.LongestDelay;
            await Task.Delay(RetryPause, calls.Process.Time);
        }
    }

    private async Task SettledAsync(Calls calls, string guid)
    {
        if (_unsettledUntil.Remove(guid, out var until) && until > Cluster.World.Now)
            await Task.Delay(until - Cluster.World.Now, calls.Process.Time);
    }

    private sealed record Calls(
        DesiredLRPService.DesiredLRPServiceClient Desired,
        ActualLRPService.ActualLRPServiceClient Actual,
        TaskService.TaskServiceClient Tasks,
        DomainService.DomainServiceClient Domains,
        ChangeService.ChangeServiceClient Changes,
        VirtualProcess Process
    )
    {
        public DateTime Deadline => (Process.Time.GetUtcNow() + CallTimeout).UtcDateTime;
    }
}
