using Scheduler.Bbs.Storage;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Store;

/// <summary>The database server: a separate machine that can be down, slow, or fail to reply.</summary>
internal sealed class SimulatedDatabase
{
    private readonly Chance _chance;
    private readonly Queue<Action> _held = new();

    public SimulatedDatabase(Machine machine, VirtualProcess server, Chance chance)
    {
        (Machine, _chance) = (machine, chance);
        Rows = new InMemoryDatabase();
        Store = new InMemoryBbsStore(Rows, server.Time);
    }

    public Machine Machine { get; }

    public InMemoryDatabase Rows { get; }

    public InMemoryBbsStore Store { get; }

    public StoreConditions Conditions { get; set; } = StoreConditions.Fair;

    /// <summary>The server's process is down: it refuses connections, and open ones are lost.</summary>
    public bool IsDown { get; set; }

    /// <summary>The server's process is paused: requests wait, and none is refused.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Called after each commit has taken effect.</summary>
    public Action<VirtualProcess, CommitBatch>? Committed { get; set; }

    /// <summary>Called at the start of each term of leadership with the leader and its epoch.</summary>
    public Action<VirtualProcess, long>? TermBegan { get; set; }

    /// <summary>
    /// Lets a test change what one BBS commits, or drop it although it is acknowledged (null), to plant a fault of a store.
    /// </summary>
    public Func<VirtualProcess, CommitBatch, CommitBatch?>? Tamper { get; set; }

    /// <summary>Lets a test change what a standby reads, to plant a fault of a store.</summary>
    public Func<StateChanges, StateChanges> TamperChanges { get; set; } = changes => changes;

    /// <summary>Runs the action as soon as the server runs; actions that waited for a paused server run in order of arrival.</summary>
    public void WhenAwake(Action action)
    {
        if (IsPaused)
            _held.Enqueue(action);
        else
            action();
    }

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        IsPaused = false;
        while (_held.TryDequeue(out var action))
            action();
    }

    public StoreFault DrawFault()
    {
        var conditions = Conditions;
        if (_chance.Happens(conditions.RefusedProbability))
            return StoreFault.Refused;
        if (_chance.Happens(conditions.AnswerLostProbability))
            return StoreFault.AnswerLost;
        return _chance.Happens(conditions.RequestLostProbability) ? StoreFault.RequestLost : StoreFault.None;
    }

    public TimeSpan DrawTime()
    {
        var conditions = Conditions;
        var time = _chance.Between(conditions.LeastTime, conditions.MostTime);
        return _chance.Happens(conditions.SlowProbability) ? time + _chance.Between(TimeSpan.Zero, conditions.MostSlow) : time;
    }
}

/// <summary>The fault of one operation.</summary>
internal enum StoreFault
{
    None,
    Refused,
    AnswerLost,
    RequestLost,
}
