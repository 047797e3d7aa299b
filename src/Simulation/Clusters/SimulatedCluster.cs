using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Rep;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Simulation.Machines;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Store;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>
/// The whole system in one process on virtual time: the product's own components, each on its own machine, connected by a simulated
/// network, database, broker and container runtimes. One seed decides everything that is random.
/// </summary>
internal sealed class SimulatedCluster : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Chance _seeds;
    private readonly List<Machine> _machines = [];
    private int _processes;

    public SimulatedCluster(ClusterSettings settings, Func<CellMachine, SimulationScript> script)
    {
        Settings = settings;
        var chance = new Chance(settings.Seed);
        _seeds = chance.Branch();
        World = new VirtualWorld { Failed = (process, failure) => Violated("no callback throws", $"{process.Name}: {failure}") };
        Network = new SimulatedNetwork(World, chance.Branch());
        Callbacks = new CallbackReceiver(World, Network, chance.Branch());
        var database = NewMachine("db");
        Database = new SimulatedDatabase(database, NewProcess("db", database), chance.Branch());
        Broker = new SimulatedBroker(Network, NewMachine("nats"));
        Bbses = Many(settings.Bbses, name => new BbsComponent(this, name, NewMachine(name)), "bbs");
        BbsUrls = [.. Bbses.Select(bbs => bbs.Url)];
        Auctioneers = Many(settings.Auctioneers, name => new AuctioneerComponent(this, name, NewMachine(name)), "auctioneer");
        Convergers = Many(settings.Convergers, name => new ConvergerComponent(this, name, NewMachine(name)), "converger");
        RouteEmitters = Many(settings.RouteEmitters, name => new RouteEmitterComponent(this, name, NewMachine(name)), "emitter");
        Router = new RouterComponent(this, "router", NewMachine("router"));
        Reps = [.. Enumerable.Range(0, settings.Cells).Select(i => NewRep(i, script))];
    }

    public ClusterSettings Settings { get; }

    public VirtualWorld World { get; }

    public SimulatedNetwork Network { get; }

    public SimulatedDatabase Database { get; }

    /// <summary>No fault keeps a component down any more: one that ends is restarted at once.</summary>
    public bool IsHealed { get; set; }

    public SimulatedBroker Broker { get; }

    public CallbackReceiver Callbacks { get; }

    public IReadOnlyList<BbsComponent> Bbses { get; }

    public IReadOnlyList<string> BbsUrls { get; }

    public IReadOnlyList<AuctioneerComponent> Auctioneers { get; }

    public IReadOnlyList<ConvergerComponent> Convergers { get; }

    public IReadOnlyList<RouteEmitterComponent> RouteEmitters { get; }

    public RouterComponent Router { get; }

    public IReadOnlyList<RepComponent> Reps { get; }

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public IReadOnlyList<Machine> Machines => _machines;

    /// <summary>Every component that can be killed, in a fixed order.</summary>
    public IEnumerable<Component> Components => [.. Bbses, .. Auctioneers, .. Convergers, .. RouteEmitters, Router, .. Reps];

    /// <summary>Called for each broken rule.</summary>
    public Action<string, string> Violation { get; set; } = (rule, what) => throw new InvalidOperationException($"{rule}: {what}");

    /// <summary>Receives the trace of the run; null for no trace.</summary>
    public Action<string>? Story { get; set; }

    /// <summary>Called for each line that a component logs as an error.</summary>
    public Action<VirtualProcess, string, string>? ErrorLogged { get; set; }

    public IRepObserver? RepObserver { get; set; }

    /// <summary>Called for each endpoint that enters or leaves the router's table.</summary>
    public Action<RoutedEndpoint, bool>? RouteChanged { get; set; }

    /// <summary>Lets a test wrap a machine's container runtime to plant a fault in it.</summary>
    public Func<IContainerRuntime, IContainerRuntime>? TamperRuntime { get; set; }

    /// <summary>Lets a test change a cell's options to plant a wrong setting.</summary>
    public Action<RepOptions>? TamperCell { get; set; }

    public void Start()
    {
        foreach (var component in Components)
            component.Start();
    }

    public Machine NewMachine(string name)
    {
        var machine = new Machine(_machines.Count, name, World);
        _machines.Add(machine);
        return machine;
    }

    public VirtualProcess NewProcess(string name, Machine machine) => new(World, ++_processes, name, machine.Clock, machine.Processor);

    public int NextSeed() => (int)(_seeds.Next() >> 33);

    public ILoggerFactory LoggersOf(VirtualProcess process) => new ProcessLoggers(this, process);

    public void Violated(string rule, string what) => Violation(rule, what);

    public void Trace(string who, string what) =>
        Story?.Invoke($"{World.Now.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture).PadLeft(12)} {who}: {what}");

    public void Dispose()
    {
        foreach (var component in Components)
            component.Dispose();
        _services.Dispose();
    }

    private RepComponent NewRep(int index, Func<CellMachine, SimulationScript> script)
    {
        var name = $"cell-{index + 1}";
        var machine = NewMachine(name);
        var cell = new CellMachine(machine, process => NewProcess(process, machine), script);
        return new RepComponent(this, name, $"z{(index % Settings.Zones) + 1}", index, cell);
    }

    private static List<T> Many<T>(int count, Func<string, T> make, string name) =>
        [.. Enumerable.Range(1, count).Select(i => make($"{name}-{i}"))];
}
