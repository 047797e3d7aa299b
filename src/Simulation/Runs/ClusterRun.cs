using System.Diagnostics;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Invariants;
using Scheduler.Simulation.Machines;
using Scheduler.Simulation.Scenarios;
using Scheduler.Simulation.Workload;

namespace Scheduler.Simulation.Runs;

/// <summary>
/// One run from one seed: a cluster under load and faults, then healed and left alone until desired equals actual, and checked that it
/// stays so. Only the thread that runs it touches it.
/// </summary>
internal sealed class ClusterRun : IDisposable
{
    public const string RestRule = "once faults stop, desired equals actual";
    public const string QuietRule = "a cluster at rest is quiet";
    public const string SpreadRule = "zones differ by at most one instance where there is room";

    // For clients to end the requests that they have made.
    private static readonly TimeSpan WindDownLimit = TimeSpan.FromMinutes(5);

    /// <summary>
    /// After that, time within which one more change must be carried out: a stop takes 10 s, and a callback or a lost message needs a
    /// retry.
    /// </summary>
    public static readonly TimeSpan CalmLimit = TimeSpan.FromSeconds(60);

    // Completed tasks are kept for two minutes, and a callback may be retried every half a minute.
    private static readonly TimeSpan TaskLimit = TimeSpan.FromMinutes(10);

    // Longer than every period of the product: reports, audits, repetitions.
    private static readonly TimeSpan QuietWindow = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private readonly ClusterRunOptions _options;
    private readonly SimulatedCluster _cluster;
    private readonly ClusterWatch _watch;
    private readonly FaultEngine _faults;
    private readonly ContainerScripts _scripts;
    private readonly List<ClientComponent> _clients;
    private readonly ProbeComponent _probe;

    public ClusterRun(ClusterRunOptions options, Action<string>? story = null)
    {
        _options = options;
        var (scenario, chance) = (options.Scenario, new Chance(options.Seed ^ 0x5EED));
        var scripts = new ContainerScripts(chance.Branch()) { Conditions = scenario.Containers };
        _scripts = scripts;
        _cluster = new SimulatedCluster(
            new ClusterSettings
            {
                Seed = options.Seed,
                Cells = options.Cells,
                Zones = Math.Min(options.Zones, options.Cells),
                CellMemoryMb = scenario.CellMemory,
            },
            _ => scripts.NewScript()
        )
        {
            Story = story,
        };
        _watch = new ClusterWatch(_cluster, scenario.ClockError, IsOnlySlow(scenario));
        _clients =
        [
            .. Enumerable
                .Range(1, scenario.Workload.Clients)
                .Select(i => $"client-{i}")
                .Select(name => new ClientComponent(
                    _cluster,
                    name,
                    _cluster.NewMachine(name),
                    scenario.Workload,
                    _watch.AcknowledgedWrites,
                    chance.Branch()
                )),
        ];
        _probe = new ProbeComponent(_cluster, "prober", _cluster.NewMachine("prober"));
        var @operator = new OperatorComponent(_cluster, "operator", _cluster.NewMachine("operator"));
        options.Plant?.Invoke(_cluster);
        _cluster.Start();
        foreach (var component in (Component[])[.. _clients, _probe, @operator, _watch.Observer])
            component.Start();
        _faults = new FaultEngine(_cluster, _watch, scenario, @operator, chance.Branch());
    }

    /// <summary>Runs to the end, or to the first violation if the options say so.</summary>
    public ClusterRunResult Run(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        Until(_options.Duration, cancellation);
        if (!IsOver)
            Settle(cancellation);
        return new ClusterRunResult
        {
            Seed = _options.Seed,
            Scenario = _options.Scenario.Name,
            TraceHash = _cluster.World.Hash.Value,
            Violations = _watch.Violations,
            ViolationCount = _watch.ViolationCount,
            Events = _cluster.World.Events,
            Messages = _cluster.Network.Messages,
            Commits = _watch.Truth.Commits,
            Faults = _faults.Struck,
            Acknowledged = _watch.AcknowledgedWrites.Acknowledged,
            Compared = _watch.Observer.Compared,
            VirtualTime = _cluster.World.Now,
            RealTime = watch.Elapsed,
        };
    }

    public void Dispose() => _cluster.Dispose();

    private static bool IsOnlySlow(Scenario scenario) =>
        scenario.Faults.Count > 0
        && scenario.Faults.All(plan => plan.Kind == FaultKind.Starve)
        && scenario.Containers == ContainerConditions.Fair;

    private bool IsOver => _options.StopAtFirstViolation && _watch.ViolationCount > 0;

    private void Settle(CancellationToken cancellation)
    {
        _watch.Goodput.Judge();
        _cluster.Trace("FAULT", "end of faults; everything heals");
        _faults.HealAll();
        _scripts.Conditions = ContainerConditions.Fair;
        foreach (var client in _clients)
            client.WindDown();
        var healed = _cluster.World.Now;
        // A request with an unknown outcome is repeated and then left to settle before the client's next request.
        UntilEmpty(
            () => _clients.Where(client => !client.HasWoundDown).Select(client => $"{client.Name} has not finished its work"),
            WindDownLimit,
            cancellation
        );
        UntilEmpty(() => _watch.Settled.Missing(alsoTasks: false), _options.Scenario.SettlesWithin, cancellation);
        if (IsOver)
            return;
        _cluster.Trace("SETTLED", $"{_cluster.World.Now - healed} after the end of faults");
        UntilEmpty(() => _watch.Settled.Missing(alsoTasks: true), TaskLimit, cancellation);
        if (IsOver)
            return;
        Probe(cancellation);
        Quiet(cancellation);
    }

    /// <summary>One more LRP is placed evenly.</summary>
    private void Probe(CancellationToken cancellation)
    {
        var instances = (2 * _cluster.Settings.Zones) + 1;
        _watch.AcknowledgedWrites.Expects(ProbeComponent.Guid, instances);
        _probe.Want(instances);
        UntilEmpty(
            () =>
                _watch.Truth.DesiredLrps.ContainsKey(ProbeComponent.Guid)
                    ? _watch.Settled.Missing(alsoTasks: false)
                    : ["the probe is not desired yet"],
            CalmLimit,
            cancellation
        );
        if (!IsOver)
            CheckSpread();
        _watch.AcknowledgedWrites.Promised(ProbeComponent.Guid, instances);
        _watch.AcknowledgedWrites.ExpectsGone(ProbeComponent.Guid);
        _probe.Want(0);
        UntilEmpty(
            () =>
                _watch.Truth.DesiredLrps.ContainsKey(ProbeComponent.Guid)
                    ? ["the probe is desired still"]
                    : _watch.Settled.Missing(alsoTasks: false),
            CalmLimit,
            cancellation
        );
    }

    private void CheckSpread()
    {
        var zones = _cluster
            .Reps.GroupBy(rep => rep.Zone, StringComparer.Ordinal)
            .OrderBy(zone => zone.Key, StringComparer.Ordinal)
            .Select(zone =>
                (
                    Name: zone.Key,
                    Instances: _watch.Truth.ActualLrps.Values.Count(row =>
                        row.ActualLrpKey.ProcessGuid == ProbeComponent.Guid && row.AvailabilityZone == zone.Key
                    ),
                    HasRoom: zone.Any(rep => rep.FreeMemoryMb >= ProbeComponent.MemoryMb)
                )
            )
            .ToList();
        var most = zones.Max(zone => zone.Instances);
        if (zones.Any(zone => zone.HasRoom && zone.Instances < most - 1))
            _watch.Report(
                SpreadRule,
                string.Join(", ", zones.Select(zone => $"{zone.Instances} in {zone.Name}{(zone.HasRoom ? "" : " (full)")}"))
            );
    }

    /// <summary>Nothing is written, except for instances whose back-off ends or that still wait for capacity.</summary>
    private void Quiet(CancellationToken cancellation)
    {
        if (IsOver)
            return;
        var excused = _watch
            .Truth.ActualLrps.Values.Where(row => row.State is ActualLrpStateNames.Crashed or ActualLrpStateNames.Unclaimed)
            .Select(row => $"{row.ActualLrpKey.ProcessGuid}/{row.ActualLrpKey.Index}")
            .ToHashSet(StringComparer.Ordinal);
        excused.UnionWith(_watch.Settled.TasksWithoutRoom());
        _watch.Quiet = change => excused.Contains(change) ? null : QuietRule;
        Until(_cluster.World.Now + QuietWindow, cancellation);
        _watch.Quiet = null;
    }

    private void UntilEmpty(Func<IEnumerable<string>> missing, TimeSpan limit, CancellationToken cancellation)
    {
        var until = _cluster.World.Now + limit;
        while (missing().Any() && !IsOver)
        {
            if (_cluster.World.Now >= until)
            {
                var left = missing().ToList();
                _watch.Report(
                    RestRule,
                    $"after {limit.TotalMinutes} minutes: {string.Join("; ", left.Take(5))}{(left.Count > 5 ? $" and {left.Count - 5} more" : "")}"
                );
                return;
            }

            Until(_cluster.World.Now + LookInterval, cancellation);
        }
    }

    private void Until(TimeSpan limit, CancellationToken cancellation)
    {
        while (_cluster.World.Now < limit && !IsOver)
        {
            cancellation.ThrowIfCancellationRequested();
            var next = _cluster.World.Now + LookInterval;
            _cluster.World.RunUntil(next < limit ? next : limit);
        }
    }
}
