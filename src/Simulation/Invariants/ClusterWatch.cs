using Scheduler.Rep.Runtime;
using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>Checks every event of a run against the invariants and collects the violations.</summary>
internal sealed class ClusterWatch : IRepObserver
{
    public const string ErrorRule = "no component reports an internal error";

    private const int MostKept = 20;

    // Events that a component logs as errors although its code works correctly.
    private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal) { "LossPaced", "LossHeld", "RuntimeUnhealthy" };

    private readonly SimulatedCluster _cluster;
    private readonly HashSet<(string Rule, string What)> _seen = [];
    private readonly TaskStarts _taskStarts;
    private readonly OverdueRestarts _restarts;
    private readonly OrphanContainers _orphans;
    private readonly LostCells _lostCells;

    private readonly Dictionary<ulong, ulong> _prints = new() { [0] = 0 };

    /// <param name="clockError">Maximum error of the wall clocks.</param>
    /// <param name="isOnlySlow">Whether machines can be slow, and nothing else can be wrong.</param>
    public ClusterWatch(SimulatedCluster cluster, TimeSpan clockError, bool isOnlySlow)
    {
        _cluster = cluster;
        Truth = new ClusterTruth();
        AcknowledgedWrites = new AcknowledgedWrites(cluster.World, Truth, Report);
        Fencing = new Fencing(Report);
        var moves = new Moves(Report);
        var queues = new Queues(cluster, Truth, Report);
        Containers = new ContainerWatch(cluster, Truth, AcknowledgedWrites, Report) { IsOnlySlow = isOnlySlow };
        var cells = new CellHealth(cluster, Containers, Report);
        _taskStarts = new TaskStarts(Report);
        _restarts = new OverdueRestarts(cluster, Truth, Report);
        _orphans = new OrphanContainers(cluster, Truth, Report);
        _lostCells = new LostCells(cluster, Truth, Report);
        Goodput = new Goodput(cluster, Report);
        var asked = new AskedRoutes();
        Path = new RoutePath(cluster);
        Routes = new RouteWatch(cluster, Truth, asked, Path, Report);
        Settled = new SettledCheck(cluster, Truth, asked, _restarts);
        // Compares two clocks, and messages have a latency.
        Observer = new ObserverComponent(
            cluster,
            "observer",
            cluster.NewMachine("observer"),
            revision => _prints.TryGetValue(revision, out var print) ? print : null,
            (2 * clockError) + TimeSpan.FromSeconds(1)
        );
        cluster.Violation = Report;
        cluster.RepObserver = this;
        cluster.ErrorLogged = (process, name, text) =>
        {
            if (!Harmless.Contains(name))
                Report(ErrorRule, $"{process.Name}: {text}");
        };
        cluster.Database.TermBegan = Fencing.TermBegan;
        cluster.Database.Committed = (process, batch) =>
        {
            var commit = Truth.Apply(process, batch);
            cluster.World.Hash.Add(commit.Revision);
            if (cluster.Story is not null)
                Tell(commit);
            Fencing.Committed(commit);
            moves.Committed(commit);
            AcknowledgedWrites.Committed(commit);
            Containers.Committed(commit);
            cells.Committed(commit);
            Routes.Committed(commit);
            _taskStarts.Committed(commit);
            queues.Committed(commit);
            Goodput.Committed(commit);
            _prints[commit.Revision] = Truth.Print;
            if (Quiet is not null)
                Disturbed(commit);
        };
        LookEvery(Queues.Interval, queues.Look);
        LookEvery(CellHealth.Interval, cells.Look);
        LookEvery(Goodput.Interval, Goodput.Look);
        // Conditions that are bounded in minutes need not be checked often among ten thousand rows.
        LookEvery(
            TimeSpan.FromSeconds(20),
            () =>
            {
                Routes.Look();
                _restarts.Look();
                _orphans.Look();
                _lostCells.Look();
            }
        );
    }

    public ClusterTruth Truth { get; }

    public AcknowledgedWrites AcknowledgedWrites { get; }

    public Fencing Fencing { get; }

    public ContainerWatch Containers { get; }

    public RoutePath Path { get; }

    public RouteWatch Routes { get; }

    public SettledCheck Settled { get; }

    public ObserverComponent Observer { get; }

    public Goodput Goodput { get; }

    public List<Violation> Violations { get; } = [];

    public long ViolationCount { get; private set; }

    /// <summary>
    /// If set, returns the rule that a change of the given instance (<c>guid/index</c>) or task breaks, or null.
    /// </summary>
    public Func<string, string?>? Quiet { get; set; }

    /// <summary>An operator has asked a cell to evacuate.</summary>
    public void Evacuates(string cell) => Containers.Evacuates(cell);

    void IRepObserver.Starts(RepComponent rep) => Containers.Starts(rep);

    void IRepObserver.Creates(RepComponent rep, ContainerSpec spec, IReadOnlyList<ContainerSpec> there) =>
        Containers.Creates(rep, spec, there);

    void IRepObserver.Runs(RepComponent rep, ContainerSpec spec, IContainerProcess process) => _taskStarts.Runs(rep, spec, process);

    void IRepObserver.Stops(RepComponent rep, ContainerInfo container, string how) => Containers.Stops(rep, container, how);

    public void Report(string rule, string what)
    {
        ViolationCount++;
        _cluster.Trace("VIOLATION", $"{rule}: {what}");
        if (Violations.Count < MostKept && _seen.Add((rule, what)))
            Violations.Add(new Violation(_cluster.World.Now, rule, what));
    }

    private void Disturbed(Commit commit)
    {
        foreach (var (before, after) in commit.Actual)
        {
            var key = (after ?? before)!.ActualLrpKey;
            if (Quiet!($"{key.ProcessGuid}/{key.Index}") is { } rule)
                Report(rule, $"commit {commit.Revision}: {Text(before)} -> {Text(after)}");
        }

        foreach (var (before, after) in commit.Desired)
            Report(Quiet!("")!, $"commit {commit.Revision} changed {(after ?? before)!.ProcessGuid}");
        foreach (var (before, after) in commit.Tasks)
        {
            var guid = (after ?? before)!.TaskGuid;
            if (Quiet!(guid) is { } rule)
                Report(rule, $"commit {commit.Revision} changed task {guid}");
        }
    }

    private void LookEvery(TimeSpan interval, Action look) =>
        _cluster.World.After(
            interval,
            () =>
            {
                look();
                LookEvery(interval, look);
            }
        );

    private void Tell(Commit commit)
    {
        foreach (var (before, after) in commit.Desired)
            _cluster.Trace(
                commit.By.Name,
                $"commit {commit.Revision}: desired {(after ?? before)!.ProcessGuid} {before?.Instances.ToString() ?? "-"} -> {after?.Instances.ToString() ?? "-"}"
            );
        foreach (var (before, after) in commit.Actual)
            _cluster.Trace(commit.By.Name, $"commit {commit.Revision}: {Text(before)} -> {Text(after)}");
        foreach (var (before, after) in commit.Tasks)
            _cluster.Trace(
                commit.By.Name,
                $"commit {commit.Revision}: task {(after ?? before)!.TaskGuid} {before?.State.ToString() ?? "-"} -> {after?.State.ToString() ?? "-"} {after?.CellId}"
            );
    }

    private static string Text(ActualLRP? row) =>
        row is null
            ? "-"
            : $"{row.ActualLrpKey.ProcessGuid}/{row.ActualLrpKey.Index} {row.Presence} {row.State} {row.ActualLrpInstanceKey?.InstanceGuid} {row.ActualLrpInstanceKey?.CellId} crashes={row.CrashCount} {row.PlacementError}";
}

/// <summary>A broken rule, with the time at which it was noticed.</summary>
internal sealed record Violation(TimeSpan At, string Rule, string What);
