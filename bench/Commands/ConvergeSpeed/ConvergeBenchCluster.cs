using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Converger;
using Scheduler.Converger.Loop;
using Scheduler.Converger.Model;
using Scheduler.Converger.Rules;
using Scheduler.Models;
using Command = Scheduler.Converger.Rules.Terms.ConvergenceCommand;
using ModificationTag = Scheduler.Contracts.V1.ModificationTag;

namespace Scheduler.Bench.Commands.ConvergeSpeed;

/// <summary>
/// A converger's engine that has loaded a whole cluster by its events and has nothing left to do, with the operations to measure: an audit,
/// the loss of a cell, an event. Each leaves the state unchanged, so that it can be repeated. Generated from the seed alone.
/// </summary>
internal sealed class ConvergeBenchCluster
{
    private const string Domain = "apps";

    // One of this many instances waits for its back-off, so that timers are as full as in a live cluster.
    private const int CrashedOneIn = 100;

    // Longer than a command is remembered, and longer than the window in which losses count as simultaneous.
    private static readonly TimeSpan Apart = TimeSpan.FromMinutes(2);

    private static readonly ConvergerOptions Timings = new();

    private readonly ConvergeBenchOptions _options;
    private readonly int[] _cellOfLrp;
    private readonly EventReader _reader;
    private readonly List<Command> _outbox = [];
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="only">
    /// Null for the whole cluster. Otherwise, only the processes with an instance on this cell: the same loss in the smallest model.
    /// </param>
    public ConvergeBenchCluster(ConvergeBenchOptions options, int? only = null)
    {
        _options = options;
        _cellOfLrp = Spread(options);
        Engine = new ConvergerEngine(Convergence.Default, Timings.Timings, Timings.LossPolicy, Timings.RepeatAfter);
        _reader = new EventReader(Engine.Model, wrong => throw new InvalidOperationException($"{wrong}"));
        Engine.Reset(_now);
        foreach (var change in Snapshot(only))
            Read(change);
        Engine.Model.SnapshotComplete();
        _now += Apart;
        Step();
        if (_outbox.Count > 0)
            throw new InvalidOperationException($"the converged cluster has a pending command: {_outbox[0]}");
    }

    public ConvergerEngine Engine { get; }

    /// <summary>Audits everything; there is nothing to find.</summary>
    public int Audit()
    {
        _outbox.Clear();
        return Engine.Audit(_now, _outbox);
    }

    /// <summary>Loses a cell: applies its event and runs the step that replaces its instances.</summary>
    /// <returns>Number of commands.</returns>
    public int Lose(int cell)
    {
        Engine.Model.CellDisappeared(Cell(cell), withdrawn: false, _now);
        return Step();
    }

    /// <summary>Returns the cell, late enough that its next loss counts as a new one.</summary>
    public void Return(int cell)
    {
        _now += Apart;
        Engine.Model.CellAppeared(Cell(cell));
        Step();
    }

    /// <summary>Applies an event of an instance on this cell that became routable or stopped being routable, and runs the step.</summary>
    public int Take(Event change)
    {
        Read(change);
        return Step();
    }

    /// <summary>Events for <see cref="Take"/>, of instances that run on the cell.</summary>
    public IReadOnlyList<Event> EventsOn(int cell)
    {
        var events = new List<Event>();
        for (var lrp = 0; lrp < _options.Lrps; lrp++)
        {
            if (_cellOfLrp[lrp] == cell && !Crashed(lrp))
                events.Add(Changed(Row(lrp)));
        }
        return events;
    }

    /// <summary>Number of rows in the model.</summary>
    public int Rows { get; private set; }

    private int Step()
    {
        _outbox.Clear();
        do Engine.Step(_now, int.MaxValue, _outbox);
        while (Engine.HasDirty);
        return _outbox.Count;
    }

    private void Read(Event change) => _reader.Apply(change, _now);

    private IEnumerable<Event> Snapshot(int? only)
    {
        yield return new Event { DomainFresh = new DomainFreshEvent { Domain = Domain } };
        for (var cell = 0; cell < _options.Cells; cell++)
            yield return new Event { CellAppeared = new CellAppearedEvent { Cell = new CellPresence { CellId = Cell(cell).Value } } };
        var size = _options.InstancesPerProcess;
        for (var first = 0; first < _options.Lrps; first += size)
        {
            var instances = Math.Min(size, _options.Lrps - first);
            if (only is { } cell && !_cellOfLrp.AsSpan(first, instances).Contains(cell))
                continue;
            yield return new Event { DesiredLrpCreated = new DesiredLRPCreatedEvent { DesiredLrp = Desired(first / size, instances) } };
            for (var lrp = first; lrp < first + instances; lrp++)
            {
                Rows++;
                yield return new Event { ActualLrpInstanceCreated = new ActualLRPInstanceCreatedEvent { ActualLrp = Row(lrp) } };
            }
        }
    }

    private static DesiredLRP Desired(int process, int instances)
    {
        var lrp = new DesiredLRP
        {
            ProcessGuid = ProcessGuid(process),
            Domain = Domain,
            Instances = instances,
            Routes = new ProtoRoutes(),
        };
        lrp.Routes.Routes[RouteKeys.Internal] = Google.Protobuf.ByteString.CopyFromUtf8($$"""[{"hostname":"{{process}}.apps.internal"}]""");
        lrp.MetricTags["source_id"] = new MetricTagValue { Static = lrp.ProcessGuid };
        lrp.MetricTags["instance_id"] = new MetricTagValue { Dynamic = MetricTagValue.Types.DynamicValue.Index };
        return lrp;
    }

    // Every row has its own strings, like rows parsed from a stream.
    private ActualLRP Row(int lrp)
    {
        var index = lrp % _options.InstancesPerProcess;
        var process = lrp / _options.InstancesPerProcess;
        var row = new ActualLRP
        {
            ActualLrpKey = new ActualLRPKey
            {
                ProcessGuid = ProcessGuid(process),
                Index = index,
                Domain = new string(Domain),
            },
            State = Crashed(lrp) ? ActualLrpStateNames.Crashed : ActualLrpStateNames.Running,
            // With a crash far in the future, the back-off lasts for the whole measurement.
            Since = UnixNanos.From(Crashed(lrp) ? _now.AddYears(10) : _now),
            CrashCount = Crashed(lrp) ? 10 : 0,
            ModificationTag = new ModificationTag { Epoch = Guid(lrp, 2), Index = 2 },
            Routable = true,
        };
        row.MetricTags["source_id"] = row.ActualLrpKey.ProcessGuid;
        row.MetricTags["instance_id"] = index.ToString(System.Globalization.CultureInfo.InvariantCulture);
        row.ActualLrpInternalRoutes.Add(new ActualLRPInternalRoute { Hostname = $"{process}.apps.internal" });
        if (!Crashed(lrp))
            row.ActualLrpInstanceKey = new ActualLRPInstanceKey { InstanceGuid = Guid(lrp, 3), CellId = Cell(_cellOfLrp[lrp]).Value };
        return row;
    }

    private static Event Changed(ActualLRP row)
    {
        var info = new ActualLRPInfo
        {
            State = row.State,
            Since = row.Since,
            ModificationTag = row.ModificationTag,
            Routable = true,
        };
        var change = new ActualLRPInstanceChangedEvent
        {
            ActualLrpKey = row.ActualLrpKey,
            ActualLrpInstanceKey = row.ActualLrpInstanceKey,
            Before = info,
            After = info,
        };
        change.ActualLrpInternalRoutes.AddRange(row.ActualLrpInternalRoutes);
        change.MetricTags.Add(row.MetricTags);
        return new Event { ActualLrpInstanceChanged = change };
    }

    private static bool Crashed(int lrp) => lrp % CrashedOneIn == CrashedOneIn - 1;

    private static CellId Cell(int cell) => new($"cell-{cell}");

    private static string ProcessGuid(int process) => Guid(process, 1);

    private static string Guid(int number, byte kind) => new Guid(number, 0, 0, 0, 0, 0, 0, 0, 0, 0, kind).ToString();

    /// <summary>Equally many per cell, in random order.</summary>
    private static int[] Spread(ConvergeBenchOptions options)
    {
        var cells = new int[options.Lrps];
        for (var lrp = 0; lrp < cells.Length; lrp++)
            cells[lrp] = lrp % options.Cells;
        var random = new SeededRandom(options.Seed);
        for (var last = cells.Length - 1; last > 0; last--)
        {
            var other = random.Next(last + 1);
            (cells[last], cells[other]) = (cells[other], cells[last]);
        }
        return cells;
    }
}
