using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Auctioneer;
using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Fleet;

/// <summary>
/// A fleet on virtual time. The product makes the decisions: its bidding loop with its auction, and each cell's own ledger. Everything
/// around them is simulated: clients, network, containers, machines, and the part of the BBS that keeps work desired.
/// </summary>
internal sealed partial class FleetSimulation : IBiddingPorts
{
    private static readonly TimeSpan LoopPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan CancellationLook = TimeSpan.FromMinutes(1);

    private readonly FleetOptions _options;
    private readonly VirtualWorld _world = new();
    private readonly TimeProvider _time;
    private readonly Chance _chance;
    private readonly FleetMeasures _measures;
    private readonly AuctionEngine _engine;
    private readonly BiddingLoop _loop;
    private readonly Channel<BiddingMessage> _messages = Channel.CreateUnbounded<BiddingMessage>();
    private readonly FleetCell[] _cells;
    private readonly Dictionary<CellId, FleetCell> _cellsById = [];
    private bool _turnDue;
    private TimeSpan? _remindAt;

    private FleetSimulation(FleetOptions options)
    {
        _options = options;
        _time = new VirtualProcess(_world, 1, "auctioneer", new MachineClock(_world), new Processor(_world)).Time;
        _chance = new Chance(options.Seed);
        _measures = new FleetMeasures(options);
        _engine = new AuctionEngine(AuctionRules.Default, new AuctionSize(options.Cells, options.Cells * 50, options.Cells * 15));
        // No one asks a simulated auctioneer for reasons; explaining refusals changes no decision and would take half of the run time.
        var quiet = new AuctioneerOptions { ExplainedRefusalsPerSecond = 0 };
        _loop = new BiddingLoop(_engine, _messages.Reader, this, quiet, _time, NullLogger<BiddingLoop>.Instance);
        _cells = FleetLayout.Cells(options);
        foreach (var cell in _cells)
            _cellsById.Add(cell.Id, cell);
    }

    /// <exception cref="DomainException">The options break a rule.</exception>
    public static FleetResult Run(FleetOptions options, CancellationToken cancellation)
    {
        if (options.Validate() is { } broken)
            throw broken.ToException();
        var fleet = new FleetSimulation(options);
        fleet.Begin();
        fleet.Play(cancellation);
        return fleet.Result();
    }

    private TimeSpan Now => _world.Now;

    private TimeSpan End => TimeSpan.FromHours(_options.Hours);

    private void Begin()
    {
        Post(new BiddingMessage.Expected([.. _cells.Select(cell => cell.Id)]));
        foreach (var cell in _cells)
            SendReport(cell);
        for (var slice = 0; slice < FleetMeasures.Slices; slice++)
        {
            var seen = slice;
            At(_measures.EndOf(slice), () => Look(seen));
        }

        Tick();
        BeginWorkload();
        BeginTroubles();
    }

    private void Play(CancellationToken cancellation)
    {
        while (Now < End)
        {
            cancellation.ThrowIfCancellationRequested();
            var next = Now + CancellationLook;
            _world.RunUntil(next < End ? next : End);
        }
    }

    private void In(TimeSpan delay, Action happens) => At(Now + delay, happens);

    private void At(TimeSpan moment, Action happens)
    {
        // Most crashes and ends of apps would occur long after the run: keep them out of the queue.
        if (moment <= End)
            _world.After(moment - Now, happens);
    }

    /// <summary>Latency of one message between two components on one network.</summary>
    private TimeSpan Latency() => _chance.Between(TimeSpan.FromMilliseconds(0.5), TimeSpan.FromMilliseconds(8));

    private void Tick()
    {
        Post(new BiddingMessage.Tick());
        In(TimeSpan.FromSeconds(1), Tick);
    }

    /// <summary>Posts a message to the loop, which runs a moment later and takes all waiting messages.</summary>
    private void Post(BiddingMessage message)
    {
        _messages.Writer.TryWrite(message);
        if (_turnDue)
            return;
        _turnDue = true;
        In(LoopPause, Turn);
    }

    private void Turn()
    {
        _turnDue = false;
        if (_loop.RunOnce() is not { } pause)
            return;
        // The loop asks to run again without a message; of several such requests, the earliest applies.
        var at = Now + (pause > LoopPause ? pause : LoopPause);
        if (_remindAt is { } earlier && earlier <= at)
            return;
        _remindAt = at;
        At(
            at,
            () =>
            {
                if (_remindAt != at)
                    return;
                _remindAt = null;
                if (!_turnDue)
                    Turn();
            }
        );
    }

    private FleetResult Result() =>
        FleetResult.Of(_options, _measures, _engine, _world.Events, Census(), [.. _cells.Select(cell => cell.Profile)]);
}
