using Grpc.Core;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Network;

/// <summary>
/// Carries gRPC calls between processes of the simulated world. Connections behave like the product's real ones: a dead process refuses at
/// once, a missing machine or link is detected after the keep-alive time, and calls in progress then have an unknown outcome.
/// </summary>
internal sealed class SimulatedNetwork(VirtualWorld world, Chance chance)
{
    /// <summary>As in the product's channel options: calls fail after this time of silence on their connection.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(8);

    private readonly Dictionary<string, ServedPort> _ports = new(StringComparer.Ordinal);
    private readonly Dictionary<long, ISimulatedCall> _calls = [];
    private readonly Dictionary<long, CutWay> _cuts = [];
    private long _nextCall;

    public VirtualWorld World { get; } = world;

    public NetworkConditions Conditions { get; set; } = NetworkConditions.Fair;

    /// <summary>
    /// Lets a test change or drop a message between two processes to plant a fault of a component. Null drops the message.
    /// </summary>
    public Func<MessageInTransit, object?>? Tamper { get; set; }

    /// <summary>
    /// Lets a test turn the refusal of a request into a reply, to plant a lost refusal. Null leaves the refusal unchanged.
    /// </summary>
    public Func<MessageInTransit, RpcException, object?>? TamperRefusal { get; set; }

    /// <summary>Lets a test change the reply to a request, to plant a fault that depends on both.</summary>
    public Func<MessageInTransit, object, object>? TamperReply { get; set; }

    public long Messages { get; private set; }

    public void Listen(string url, Machine machine, VirtualProcess process, SimulatedServer server) =>
        _ports[url] = new ServedPort(machine, process, server);

    public void Cut(Machine a, Machine b, bool bothWays = true)
    {
        CutOne(a, b);
        if (bothWays)
            CutOne(b, a);
        World.After(
            KeepAlive,
            () =>
            {
                if (IsCut(a, b))
                    BreakSilent(call =>
                        (call.ClientMachine == a && call.ServerMachine == b) || (call.ClientMachine == b && call.ServerMachine == a)
                    );
            }
        );
    }

    /// <summary>Undoes one cut; a link that was cut twice stays cut until the other cut is undone too.</summary>
    public void Heal(Machine a, Machine b, bool bothWays = true)
    {
        HealOne(a, b);
        if (bothWays)
            HealOne(b, a);
    }

    public void HealAll()
    {
        var ways = _cuts.ToArray();
        _cuts.Clear();
        foreach (var (_, way) in ways)
            Release(way);
    }

    public bool IsCut(Machine a, Machine b) => _cuts.ContainsKey(Way(a, b)) || _cuts.ContainsKey(Way(b, a));

    /// <summary>The process is dead: its peers notice if there is a link.</summary>
    public void ProcessDied(VirtualProcess process)
    {
        foreach (var call in CallsOf(call => call.Server == process || call.Client == process))
        {
            if (call.Client == process)
                call.ClientGone();
            else
                After(call.ServerMachine, call.ClientMachine, () => call.Break("the connection was reset"));
        }
    }

    /// <returns>Whether there were any connections.</returns>
    public bool BreakConnections(VirtualProcess process)
    {
        var calls = CallsOf(call => call.Server == process || call.Client == process);
        foreach (var call in calls)
            call.Break("the connection was reset");
        return calls.Count > 0;
    }

    /// <summary>The process stopped answering but is not dead.</summary>
    public void ProcessPaused(VirtualProcess process) =>
        World.After(
            KeepAlive,
            () =>
            {
                if (process.IsPaused)
                    BreakSilent(call => call.Server == process);
            }
        );

    public void MachineWentDown(Machine machine) =>
        World.After(
            KeepAlive,
            () =>
            {
                if (!machine.IsUp)
                    BreakSilent(call => call.ServerMachine == machine);
            }
        );

    public ServedPort? Find(string url) => _ports.GetValueOrDefault(url);

    public TimeSpan Delay()
    {
        var conditions = Conditions;
        var delay = chance.Between(conditions.LeastDelay, conditions.MostDelay);
        return chance.Happens(conditions.SpikeProbability) ? delay + chance.Between(TimeSpan.Zero, conditions.MostSpike) : delay;
    }

    public bool Drops() => chance.Happens(Conditions.DropProbability);

    public bool Duplicates() => chance.Happens(Conditions.DuplicateProbability);

    public bool Either() => chance.Happens(0.5);

    /// <summary>Delivers after a delay, or when the link is open again.</summary>
    public void After(Machine from, Machine to, Action deliver) => After(from, to, Delay(), deliver);

    public void After(Machine from, Machine to, TimeSpan delay, Action deliver) => World.After(delay, () => Deliver(from, to, deliver));

    internal long Register(ISimulatedCall call)
    {
        _calls.Add(++_nextCall, call);
        return _nextCall;
    }

    internal void Unregister(long number) => _calls.Remove(number);

    /// <summary>Records the message; returns null if it is dropped.</summary>
    internal T? Pass<T>(VirtualProcess from, VirtualProcess to, IMethod method, bool isRequest, T message)
        where T : class
    {
        Messages++;
        World.Hash.Add(method.FullName);
        return Tamper is { } tamper ? tamper(new MessageInTransit(from, to, method.FullName, isRequest, message)) as T : message;
    }

    private void Deliver(Machine from, Machine to, Action deliver)
    {
        if (_cuts.TryGetValue(Way(from, to), out var way))
            way.Held.Add(deliver);
        else if (to.IsUp)
            deliver();
    }

    private static long Way(Machine from, Machine to) => ((long)from.Number << 32) | (uint)to.Number;

    private void CutOne(Machine from, Machine to)
    {
        if (!_cuts.TryGetValue(Way(from, to), out var way))
            _cuts.Add(Way(from, to), way = new CutWay(from, to));
        way.Times++;
    }

    private void HealOne(Machine from, Machine to)
    {
        var way = _cuts[Way(from, to)];
        if (--way.Times > 0)
            return;
        _cuts.Remove(Way(from, to));
        Release(way);
    }

    private void Release(CutWay way)
    {
        foreach (var deliver in way.Held)
            After(way.From, way.To, deliver);
    }

    private void BreakSilent(Func<ISimulatedCall, bool> isSilent)
    {
        foreach (var call in CallsOf(isSilent))
            call.Break("no answer to keep-alive pings");
    }

    private List<ISimulatedCall> CallsOf(Func<ISimulatedCall, bool> which)
    {
        // Sorted by creation.
        var found = new List<(long Number, ISimulatedCall Call)>();
        foreach (var (number, call) in _calls)
        {
            if (which(call))
                found.Add((number, call));
        }

        found.Sort((a, b) => a.Number.CompareTo(b.Number));
        return found.ConvertAll(entry => entry.Call);
    }

    /// <summary>A link direction that is cut, with the messages held there.</summary>
    private sealed class CutWay(Machine from, Machine to)
    {
        public Machine From { get; } = from;

        public Machine To { get; } = to;

        /// <summary>Number of cuts to undo before the link opens.</summary>
        public int Times { get; set; }

        public List<Action> Held { get; } = [];
    }
}

/// <summary>The server that listens at a URL.</summary>
internal sealed record ServedPort(Machine Machine, VirtualProcess Process, SimulatedServer Server);

/// <summary>A message in transit.</summary>
internal readonly record struct MessageInTransit(VirtualProcess From, VirtualProcess To, string Method, bool IsRequest, object Message);

/// <summary>A call in progress, as seen by the network.</summary>
internal interface ISimulatedCall
{
    Machine ClientMachine { get; }

    Machine ServerMachine { get; }

    VirtualProcess Client { get; }

    VirtualProcess? Server { get; }

    /// <summary>The connection is lost: the client is notified and the server's handler is cancelled.</summary>
    void Break(string why);

    /// <summary>The client has died.</summary>
    void ClientGone();
}
