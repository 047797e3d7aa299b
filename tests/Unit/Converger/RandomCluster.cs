using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger;

/// <summary>Clusters in any state, valid or not, from one seed.</summary>
internal sealed class RandomCluster(int seed)
{
    public const int CellCount = 6;

    private static readonly string[] Guids = ["web", "api", "db"];

    private readonly Random _random = new(seed);
    private int _epochs;

    public Random Random => _random;

    public Cluster Create()
    {
        var cluster = new Cluster { Now = Cluster.Start + TimeSpan.FromMinutes(_random.Next(60)) };
        for (var cell = 0; cell < CellCount; cell++)
        {
            if (_random.Next(6) > 0)
                cluster.Cell($"cell-{cell}", (CellStanding)_random.Next(3));
        }
        if (_random.Next(2) == 0)
            cluster.Domains[View.Domain] = cluster.Now + TimeSpan.FromMinutes(_random.Next(-1, 3));
        foreach (var guid in Guids)
        {
            if (_random.Next(4) > 0)
                cluster.Desire(Desired(guid));
            for (var rows = _random.Next(8); rows > 0; rows--)
                cluster.With(Row(guid, _random.Next(5), cluster.Now));
        }
        for (var tasks = _random.Next(5); tasks > 0; tasks--)
            cluster.With(Task($"task-{tasks}", cluster.Now));
        return cluster;
    }

    public DesiredView Desired(string guid) =>
        View.Desired(guid, _random.Next(5)) with
        {
            InternalRoutes = _random.Next(8) == 0 ? null : Fingerprint.OfSet([$"route-{_random.Next(2)}"]),
            MetricTags = new DesiredTags(Fingerprint.Of("source_id", "x"), _random.Next(2) == 0 ? [] : ["instance_id"], []),
        };

    public string Guid() => Guids[_random.Next(Guids.Length)];

    public string Cell() => $"cell-{_random.Next(CellCount)}";

    public ActualView Row(string guid, int index, DateTimeOffset now)
    {
        var presence = (LrpPresence)_random.Next(3);
        var state = presence == LrpPresence.Ordinary ? (ActualLrpState)_random.Next(4) : (ActualLrpState)_random.Next(1, 3);
        var onCell = state is ActualLrpState.Claimed or ActualLrpState.Running;
        return View.Unclaimed(guid, index) with
        {
            Presence = presence,
            State = state,
            Instance = onCell ? new InstanceKey($"i-{_random.Next()}", new CellId(Cell())) : new InstanceKey("", new CellId("")),
            Since = now - TimeSpan.FromSeconds(_random.Next(2000)),
            CrashCount = _random.Next(210),
            Tag = new ModificationTag($"epoch-{seed}-{_epochs++}", (uint)_random.Next(5)),
            InternalRoutes = Fingerprint.OfSet([$"route-{_random.Next(2)}"]),
            MetricTags = Fingerprint.Of("source_id", "x"),
        };
    }

    public TaskView Task(string guid, DateTimeOffset now)
    {
        var state = (OneOffTaskState)_random.Next(1, 5);
        return View.Task(guid, state) with
        {
            CellId = new CellId(state == OneOffTaskState.Running ? Cell() : ""),
            CreatedAt = now - TimeSpan.FromSeconds(_random.Next(4000)),
            UpdatedAtNanos = UnixNanos.From(now - TimeSpan.FromSeconds(_random.Next(60))),
            FirstCompletedAt = now - TimeSpan.FromSeconds(_random.Next(240)),
            HasCallback = _random.Next(2) == 0,
        };
    }
}
