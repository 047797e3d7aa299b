using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Outbound;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Bbs.State;

/// <summary>A row of the store that contradicts itself or another is named and set aside; all else is served.</summary>
public sealed class StateLoaderTests
{
    private readonly StateLoader _loader = new();

    [Fact]
    public void Of_two_rows_for_one_place_the_later_one_is_kept_wherever_they_come()
    {
        var (first, second) = (Running("web", 0, "one", since: 2), Running("web", 0, "other", since: 1));
        // Stored under another process: it comes where that one is.
        var third = Running("web", 0, "third", since: 3);
        Load(first, second, Running("web", 1, "next"), Running("zoo", 0, "zoo"), third);
        var state = _loader.ToState(1);
        Assert.Equal("third", state.Processes["web"].Find(0, LrpPresence.Ordinary)!.InstanceGuid());
        Assert.Equal(2, state.Processes["web"].Count);
        Assert.Equal(3, state.Counts.ActualLrps);
        Assert.Equal(3, state.DomainUses["apps"]);
        Assert.Equal(3, Assert.Single(state.RowsByCell).Value.Count);
        Assert.Equal(2, _loader.SetAside.Count);
        Named("actual LRP web.0 ORDINARY (instance other on cell cell-1, epoch e)", "a newer row occupies the same slot");
        Named("actual LRP web.0 ORDINARY (instance one on cell cell-1, epoch e)", "instance third");
    }

    [Fact]
    public void Rows_in_states_that_do_not_exist_are_set_aside()
    {
        var (flying, odd, keyless) = (Running("web", 0, "a"), Running("web", 1, "b"), Running("web", 2, "c"));
        flying.State = "FLYING";
        odd.Presence = (ActualLRP.Types.Presence)5;
        keyless.ActualLrpKey = null;
        Load(flying, odd, keyless, Running("web", 3, "d"));
        _loader.Task(new OneOffTask { TaskGuid = "bad", State = (OneOffTask.Types.State)9 });
        _loader.Task(new OneOffTask { TaskGuid = "job", State = OneOffTask.Types.State.Pending });
        _loader.Task(new OneOffTask { TaskGuid = "job", State = OneOffTask.Types.State.Running });
        _loader.Cell(new CellRow(new CellPresence(), "", 0));
        var state = _loader.ToState(1);
        Assert.Equal(3, Assert.Single(Assert.Single(state.Processes).Value.All).Index());
        Assert.Equal(1, state.Counts.ActualLrps);
        Assert.Equal("job", Assert.Single(state.Tasks).Key);
        Assert.Empty(state.Cells);
        Named("actual LRP web.0 ORDINARY (instance a on cell cell-1, epoch e)", "state \"FLYING\" is unknown");
        Named("actual LRP web.1 5", "presence 5 is unknown");
        Named("actual LRP ?. ORDINARY (instance c on cell cell-1", "no process guid");
        Named("task bad", "state 9 is unknown");
        Named("task job", "same guid");
        Named("presence of cell ?", "no cell id");
    }

    [Fact]
    public void A_row_without_parts_is_served_with_empty_ones()
    {
        _loader.ActualLrp(new ActualLRP { ActualLrpKey = A.Key("web"), State = "RUNNING" });
        var row = Assert.Single(_loader.ToState(1).Processes["web"].All);
        Assert.Equal("", row.CellId());
        Assert.Equal("", row.ModificationTag.Epoch);
        Assert.Empty(_loader.SetAside);
    }

    [Theory]
    [InlineData("apps", new[] { "jobs" })]
    [InlineData("", new string[0])]
    public void While_a_desired_LRP_is_missing_its_domain_is_not_fresh(string domain, string[] fresh)
    {
        _loader.DesiredLrp(A.DesiredLrp("web"));
        _loader.DesiredLrp(A.DesiredLrp("", domain: domain));
        _loader.Domain(new DomainRow("apps", 0));
        _loader.Domain(new DomainRow("jobs", 0));
        var state = _loader.ToState(1);
        Assert.Equal("web", Assert.Single(state.DesiredLrps).Key);
        Assert.Equal(fresh, state.Domains.Keys);
        Named("desired LRP ?", "no process guid");
    }

    [Fact]
    public void A_node_leads_and_says_which_rows_it_does_not_serve() =>
        VirtualWorld.Run(async world =>
        {
            var database = new InMemoryDatabase();
            var store = new InMemoryBbsStore(database, world.Time);
            var term = await store.AcquireLeadershipAsync("earlier", "", TimeSpan.FromSeconds(1), default);
            var flying = Running("web", 0, "a");
            flying.State = "FLYING";
            await store.CommitAsync(
                new CommitBatch
                {
                    Epoch = term.Epoch,
                    Revision = 1,
                    ActualLrps = new RowChanges<ActualLrpRowKey, ActualLRP>([flying, Running("web", 1, "b")], []),
                },
                default
            );
            var log = new ErrorLog();
            var bench = new NodeBench(world, database, "node", new OutboundOptions(), log);
            await world.AdvanceAsync(3);
            Assert.True(bench.Node.IsActive);
            Assert.StartsWith("Set aside: actual LRP web.0 ORDINARY (instance a", Assert.Single(log.Errors), StringComparison.Ordinal);
            // What comes to be in its place takes it over, in the store too.
            await bench.DoAsync(new DesireLrp(A.DesiredLrp("web")));
            bench.Stop();
            var next = new NodeBench(world, database, "next", new OutboundOptions(), log);
            await world.AdvanceAsync(20);
            Assert.True(next.Node.IsActive);
            Assert.Single(log.Errors);
            Assert.Equal(2, next.Node.Active.State.Processes["web"].Count);
            next.Stop();
        });

    private void Load(params ActualLRP[] rows)
    {
        foreach (var row in rows)
            _loader.ActualLrp(row);
    }

    private void Named(string row, string why) =>
        Assert.Contains(
            _loader.SetAside,
            aside => aside.Row.StartsWith(row, StringComparison.Ordinal) && aside.Why.Contains(why, StringComparison.Ordinal)
        );

    private static ActualLRP Running(string process, int index, string instance, long since = 1) =>
        new()
        {
            ActualLrpKey = A.Key(process, index),
            ActualLrpInstanceKey = A.Instance(instance),
            State = ActualLrpStateNames.Running,
            Since = since,
            ModificationTag = new Scheduler.Contracts.V1.ModificationTag { Epoch = "e" },
        };

    private sealed class ErrorLog : ILoggerFactory, ILogger
    {
        public List<string> Errors { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (logLevel >= LogLevel.Error)
                Errors.Add(formatter(state, exception));
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose() { }
    }
}
