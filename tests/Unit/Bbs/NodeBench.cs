using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Bbs;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.Outbound;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Bbs;

/// <summary>One BBS node on virtual time over a database that it may share.</summary>
internal sealed class NodeBench
{
    private readonly CancellationTokenSource _stop = new();
    private readonly VirtualWorld _world;

    public NodeBench(
        VirtualWorld world,
        InMemoryDatabase database,
        string owner,
        OutboundOptions outbound,
        ILoggerFactory? loggers = null,
        bool warmStandby = true
    )
    {
        _world = world;
        Database = database;
        Store = new FaultyStore(new InMemoryBbsStore(database, world.Time));
        var guids = 0;
        Node = new BbsNode(
            new NodeParts
            {
                Store = Store,
                Options = new BbsOptions
                {
                    Outbound = outbound,
                    Leadership = new LeadershipOptions { WarmStandby = warmStandby },
                },
                Clients = Clients.ToClients(),
                Owner = owner,
                Time = world.Time,
                NewGuid = () => $"{owner}-{++guids}",
                Seed = 1,
                Metrics = new BbsMetrics(),
                Loggers = loggers ?? NullLoggerFactory.Instance,
            }
        );
        Running = Node.RunAsync($"http://{owner}", _stop.Token);
    }

    public InMemoryDatabase Database { get; }

    public FaultyStore Store { get; }

    public FakeClients Clients { get; } = new();

    public BbsNode Node { get; }

    public Task Running { get; }

    public async Task<T> DoAsync<T>(Command<T> command)
    {
        var call = Node.Active.Loop.SubmitAsync(command, CancellationToken.None);
        await _world.SettleAsync();
        return await call;
    }

    public void Stop() => _stop.Cancel();
}
