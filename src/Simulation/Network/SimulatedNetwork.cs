using Grpc.Core;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Network;

/// <summary>
/// Carries gRPC calls between processes of the simulated world. Connections behave as the product's real ones do: a process that
/// is not there refuses at once, a machine or a way that is not there is noticed after the keep-alive, and what was under way
/// then has an unknown outcome.
/// </summary>
internal sealed class SimulatedNetwork(VirtualWorld world, Chance chance)
{
    /// <summary>As the product's channel options: after this silence on a connection its calls fail.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(8);

    private readonly Dictionary<string, ServedPort> _ports = new(StringComparer.Ordinal);
    private readonly Dictionary<long, ISimulatedCall> _calls = [];
    private readonly Dictionary<(Machine From, Machine To), int> _cuts = [];
    private readonly List<(Machine From, Machine To, Action Deliver)> _held = [];
    private long _nextCall;

    public VirtualWorld World { get; } = world;

    public NetworkWeather Weather { get; set; } = NetworkWeather.Fair;

    /// <summary>May change or swallow a message between two processes: how a test plants the fault of a component. Null swallows.</summary>
    public Func<MessageInTransit, object?>? Tamper { get; set; }

    /// <summary>May turn a refusal into an answer, with the request that was refused: how a test plants a lost refusal. Null leaves it.</summary>
    public Func<MessageInTransit, RpcException, object?>? TamperRefusal { get; set; }

    public long Messages { get; private set; }

    public void Listen(string url, Machine machine, VirtualProcess process, SimulatedServer server) =>
        _ports[url] = new ServedPort(machine, process, server);

    public void Cut(Machine a, Machine b, bool bothWays = true)
    {
        CutWay(a, b);
        if (bothWays) CutWay(b, a);
        World.After(KeepAlive, () => BreakSilent(call => IsCut(call.ClientMachine, call.ServerMachine)));
    }

    /// <summary>Takes one cut back; a way that was cut twice stays cut until the other one is taken back as well.</summary>
    public void Heal(Machine a, Machine b, bool bothWays = true)
    {
        HealWay(a, b);
        if (bothWays) HealWay(b, a);
        Release();
    }

    public void HealAll()
    {
        _cuts.Clear();
        Release();
    }

    public bool IsCut(Machine a, Machine b) => _cuts.ContainsKey((a, b)) || _cuts.ContainsKey((b, a));

    /// <summary>The process is gone: whoever talked with it hears so, if there is a way.</summary>
    public void ProcessDied(VirtualProcess process)
    {
        foreach (var call in CallsOf(call => call.Server == process || call.Client == process))
        {
            if (call.Client == process) call.ClientGone();
            else After(call.ServerMachine, call.ClientMachine, () => call.Break("the connection was reset"));
        }
    }

    /// <returns>Whether there were any.</returns>
    public bool BreakConnections(VirtualProcess process)
    {
        var calls = CallsOf(call => call.Server == process || call.Client == process);
        foreach (var call in calls) call.Break("the connection was reset");
        return calls.Count > 0;
    }

    /// <summary>The process stopped answering without being gone.</summary>
    public void ProcessPaused(VirtualProcess process) =>
        World.After(KeepAlive, () =>
        {
            if (process.IsPaused) BreakSilent(call => call.Server == process);
        });

    public void MachineWentDown(Machine machine) =>
        World.After(KeepAlive, () =>
        {
            if (!machine.IsUp) BreakSilent(call => call.ServerMachine == machine);
        });

    public ServedPort? Find(string url) => _ports.GetValueOrDefault(url);

    public TimeSpan Delay()
    {
        var weather = Weather;
        var delay = chance.Between(weather.LeastDelay, weather.MostDelay);
        return chance.Happens(weather.SpikeProbability) ? delay + chance.Between(TimeSpan.Zero, weather.MostSpike) : delay;
    }

    public bool Drops() => chance.Happens(Weather.DropProbability);

    public bool Duplicates() => chance.Happens(Weather.DuplicateProbability);

    public bool Either() => chance.Happens(0.5);

    /// <summary>Delivers after a delay, or when the way is open again.</summary>
    public void After(Machine from, Machine to, Action deliver) => After(from, to, Delay(), deliver);

    public void After(Machine from, Machine to, TimeSpan delay, Action deliver) => World.After(delay, () => Deliver(from, to, deliver));

    internal long Register(ISimulatedCall call)
    {
        _calls.Add(++_nextCall, call);
        return _nextCall;
    }

    internal void Unregister(long number) => _calls.Remove(number);

    /// <summary>Notes the message; null when it is swallowed.</summary>
    internal T? Pass<T>(VirtualProcess from, VirtualProcess to, IMethod method, bool isRequest, T message)
        where T : class
    {
        Messages++;
        World.Hash.Add(method.FullName);
        return Tamper is { } tamper ? tamper(new MessageInTransit(from, to, method.FullName, isRequest, message)) as T : message;
    }

    private void Deliver(Machine from, Machine to, Action deliver)
    {
        if (_cuts.ContainsKey((from, to))) _held.Add((from, to, deliver));
        else if (to.IsUp) deliver();
    }

    private void CutWay(Machine from, Machine to) => _cuts[(from, to)] = _cuts.GetValueOrDefault((from, to)) + 1;

    private void HealWay(Machine from, Machine to)
    {
        if (--_cuts[(from, to)] == 0) _cuts.Remove((from, to));
    }

    private void Release()
    {
        var waiting = _held.ToArray();
        _held.Clear();
        foreach (var (from, to, deliver) in waiting)
        {
            if (_cuts.ContainsKey((from, to))) _held.Add((from, to, deliver));
            else After(from, to, deliver);
        }
    }

    private void BreakSilent(Func<ISimulatedCall, bool> isSilent)
    {
        foreach (var call in CallsOf(isSilent)) call.Break("no answer to keep-alive pings");
    }

    private List<ISimulatedCall> CallsOf(Func<ISimulatedCall, bool> which)
    {
        // In the order in which they were made.
        var found = new List<(long Number, ISimulatedCall Call)>();
        foreach (var (number, call) in _calls)
        {
            if (which(call)) found.Add((number, call));
        }

        found.Sort((a, b) => a.Number.CompareTo(b.Number));
        return found.ConvertAll(entry => entry.Call);
    }
}

/// <summary>What listens at a URL.</summary>
internal sealed record ServedPort(Machine Machine, VirtualProcess Process, SimulatedServer Server);

/// <summary>A message on its way.</summary>
internal readonly record struct MessageInTransit(VirtualProcess From, VirtualProcess To, string Method, bool IsRequest, object Message);

/// <summary>A call under way, as the network sees it.</summary>
internal interface ISimulatedCall
{
    Machine ClientMachine { get; }

    Machine ServerMachine { get; }

    VirtualProcess Client { get; }

    VirtualProcess? Server { get; }

    /// <summary>The connection is lost: the client hears it, the server's handler is cancelled.</summary>
    void Break(string why);

    /// <summary>The client has died.</summary>
    void ClientGone();
}
