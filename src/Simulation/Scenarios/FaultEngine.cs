using System.Globalization;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Invariants;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Store;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Scenarios;

/// <summary>Injects the faults of the scenario, each plan at its own times, until it is asked to heal everything.</summary>
internal sealed class FaultEngine
{
    private static readonly StoreConditions StoreStorm = new()
    {
        SlowProbability = 0.2,
        RefusedProbability = 0.15,
        AnswerLostProbability = 0.1,
        RequestLostProbability = 0.1,
    };

    private static readonly NetworkConditions NetworkStorm = new()
    {
        MostDelay = TimeSpan.FromMilliseconds(300),
        SpikeProbability = 0.1,
        DropProbability = 0.1,
        DuplicateProbability = 0.2,
    };

    private readonly SimulatedCluster _cluster;
    private readonly ClusterWatch _watch;
    private readonly Scenario _scenario;
    private readonly Chance _chance;
    private readonly OperatorComponent _operator;
    private readonly List<Appointment> _due = [];
    private readonly Dictionary<FaultTarget, int> _outages = [];
    private readonly Starvation _starvation;
    private bool _over;
    private int _storms;

    public FaultEngine(SimulatedCluster cluster, ClusterWatch watch, Scenario scenario, OperatorComponent @operator, Chance chance)
    {
        (_cluster, _watch, _scenario, _operator, _chance) = (cluster, watch, scenario, @operator, chance);
        _starvation = new Starvation(cluster);
        SetConditions();
        if (scenario.Network != NetworkConditions.Fair || scenario.Store != StoreConditions.Fair)
            watch.Path.DisturbForGood();
        foreach (var plan in scenario.Faults)
            Arm(plan);
    }

    /// <summary>Number of faults that took effect. A fault on a target that is already down, stopped or empty does not count.</summary>
    public long Struck { get; private set; }

    /// <summary>Ends all faults; none is injected afterwards.</summary>
    public void HealAll()
    {
        _over = true;
        _cluster.IsHealed = true;
        foreach (var due in _due)
            due.Cancel();
        // Pending requests of the operator are abandoned.
        _operator.Kill();
        _operator.Start();
        _cluster.Network.HealAll();
        _cluster.Network.Conditions = NetworkConditions.Fair;
        _cluster.Database.Conditions = StoreConditions.Fair;
        _cluster.Database.Resume();
        _watch.Path.Heal();
        _outages.Clear();
        _starvation.EndAll();
        SetServers();
        _cluster.Callbacks.FailureProbability = 0;
        foreach (var machine in _cluster.Machines.Where(machine => machine.Clock.Rate != 1))
            Synchronize(machine.Clock);
        foreach (var rep in _cluster.Reps)
        {
            if (!rep.Machine.IsUp)
                rep.Cell.Boot();
            (rep.Machine.IsMute, rep.Cell.IsSick) = (false, false);
            rep.Readmit();
            // A restarted rep no longer evacuates.
            if (_watch.Containers.IsEvacuating(rep.Name))
                rep.Kill();
        }

        foreach (var component in _cluster.Components)
        {
            component.Process?.AfterSteps(-1, static () => { });
            component.Resume();
            component.Start();
        }
    }

    private void SetConditions()
    {
        _cluster.Network.Conditions = _scenario.Network;
        _cluster.Database.Conditions = _scenario.Store;
        _cluster.Callbacks.FailureProbability = _scenario.CallbackFailures;
    }

    private void Arm(FaultPlan plan) =>
        Later(
            _chance.ShortWaiting(plan.Every),
            () =>
            {
                if (plan.Share > 0)
                    StrikeShare(plan);
                else
                    for (var i = 0; i < plan.Count; i++)
                        Strike(plan);
                Arm(plan);
            }
        );

    private void Later(TimeSpan after, Action action)
    {
        if (_due.Count > 256)
            _due.RemoveAll(due => due.IsCancelled);
        _due.Add(
            _cluster.World.After(
                after,
                () =>
                {
                    if (!_over)
                        action();
                }
            )
        );
    }

    /// <summary>Like a failing switch or power feed: several cells at the same time, which also return together.</summary>
    private void StrikeShare(FaultPlan plan)
    {
        var lasts = _chance.Between(plan.Least, plan.Most);
        var spared = _cluster.Reps.ToList();
        for (var left = Math.Max(1, (int)Math.Round(plan.Share * spared.Count)); left > 0; left--)
        {
            var rep = _chance.Pick(spared);
            spared.Remove(rep);
            Strike(plan, rep, lasts);
        }
    }

    private void Strike(FaultPlan plan)
    {
        var lasts = _chance.Between(plan.Least, plan.Most);
        if (plan is { Kind: FaultKind.Outage, Target: FaultTarget.Broker })
            _watch.Path.DisturbBroker(lasts);
        else if (plan.Kind is FaultKind.Outage or FaultKind.StoreStorm or FaultKind.NetworkStorm)
            _watch.Path.Disturb(lasts);
        switch (plan.Kind)
        {
            case FaultKind.Outage:
                Outage(plan.Target, lasts);
                return;
            case FaultKind.StoreStorm:
                Storm(plan.Kind, lasts, () => _cluster.Database.Conditions = StoreStorm);
                return;
            case FaultKind.NetworkStorm:
                Storm(plan.Kind, lasts, () => _cluster.Network.Conditions = NetworkStorm);
                return;
            case FaultKind.Verdict:
                Judge(lasts);
                return;
        }

        if (plan.Target == FaultTarget.Database)
        {
            StrikeDatabase(plan.Kind, lasts);
            return;
        }

        if (plan.Target == FaultTarget.All)
        {
            foreach (var component in _cluster.Components)
                Strike(plan, component, lasts);
        }
        else if (Pick(plan.Target) is { } target)
            Strike(plan, target, lasts);
    }

    private void Strike(FaultPlan plan, Component target, TimeSpan lasts)
    {
        Say(Text(plan.Kind, target.Name, lasts));
        if (IsOnPath(target))
            _watch.Path.Disturb(lasts);
        switch (plan.Kind)
        {
            case FaultKind.Kill:
                Count(target.Kill());
                Later(lasts, target.Start);
                break;
            case FaultKind.KillMidway:
                target.Process?.AfterSteps(
                    _chance.Between(0, 200),
                    () =>
                    {
                        if (_over)
                            return;
                        Count(target.Kill());
                        if (IsOnPath(target))
                            _watch.Path.Disturb(lasts);
                        Later(lasts, target.Start);
                    }
                );
                break;
            case FaultKind.Restart:
                Count(target.Stop());
                Later(lasts, target.StartAgain);
                break;
            case FaultKind.Pause:
                Count(target.Pause());
                Later(lasts, target.Resume);
                break;
            case FaultKind.Isolate:
                Count(true);
                foreach (var other in _cluster.Machines.Where(other => other != target.Machine).ToList())
                    Cut(target.Machine, other, lasts, bothWays: true);
                break;
            case FaultKind.Cut:
                var peer = _chance.Pick(_cluster.Machines);
                Count(peer != target.Machine);
                Cut(target.Machine, peer, lasts, bothWays: _chance.Happens(0.7));
                break;
            case FaultKind.PowerLoss when target is RepComponent rep:
                Count(rep.Machine.IsUp);
                rep.Cell.LosePower();
                rep.Kill();
                _cluster.Network.MachineWentDown(rep.Machine);
                Later(
                    lasts,
                    () =>
                    {
                        // It may have lost power twice.
                        if (!rep.Machine.IsUp)
                            rep.Cell.Boot();
                        rep.Start();
                    }
                );
                break;
            case FaultKind.Evacuate when target is RepComponent rep:
                _watch.Evacuates(rep.Name);
                rep.Dismiss();
                _operator.Evacuate(rep.Url, () => Count(true));
                Later(
                    lasts,
                    () =>
                    {
                        rep.Readmit();
                        rep.StartAgain();
                    }
                );
                break;
            case FaultKind.ClockJump:
                Jump(target.Machine.Clock);
                break;
            case FaultKind.ClockDrift:
                Drift(target.Machine.Clock, lasts);
                break;
            case FaultKind.CrashContainers when target is RepComponent rep:
                Count(rep.Cell.CrashOne(_chance));
                break;
            case FaultKind.BreakConnections:
                Count(target.Process is { } process && _cluster.Network.BreakConnections(process));
                break;
            case FaultKind.Mute:
                Count(!target.Machine.IsMute);
                target.Machine.IsMute = true;
                Later(lasts, () => target.Machine.IsMute = false);
                break;
            case FaultKind.SickRuntime when target is RepComponent rep:
                Count(!rep.Cell.IsSick);
                rep.Cell.IsSick = true;
                Later(lasts, () => rep.Cell.IsSick = false);
                break;
            case FaultKind.Starve:
                _starvation.Begin(target, plan.Step, lasts);
                Count(true);
                break;
        }
    }

    private void Judge(TimeSpan lasts)
    {
        var isKept = _chance.Happens(0.5);
        Say(isKept ? $"verdict: keep absent cells for {Seconds(lasts)}" : "verdict: give up absent cells");
        _operator.Judge(isKept ? lasts : null, () => Count(true));
    }

    private static bool IsOnPath(Component target) => target is BbsComponent or RouteEmitterComponent or RouterComponent;

    private void Cut(Machine a, Machine b, TimeSpan lasts, bool bothWays)
    {
        if (a == b)
            return;
        _cluster.Network.Cut(a, b, bothWays);
        Later(lasts, () => _cluster.Network.Heal(a, b, bothWays));
    }

    /// <summary>Faults of the server itself, whose clock measures the leaders' terms.</summary>
    private void StrikeDatabase(FaultKind kind, TimeSpan lasts)
    {
        Say(Text(kind, "database", lasts));
        _watch.Path.Disturb(lasts);
        var database = _cluster.Database;
        switch (kind)
        {
            case FaultKind.Pause:
                Count(!database.IsPaused);
                database.Pause();
                Later(lasts, database.Resume);
                break;
            case FaultKind.ClockJump:
                Jump(database.Machine.Clock);
                break;
            case FaultKind.ClockDrift:
                Drift(database.Machine.Clock, lasts);
                break;
        }
    }

    private void Jump(MachineClock clock)
    {
        Count(true);
        clock.SetWall(_chance.Between(-_scenario.ClockError, _scenario.ClockError));
    }

    private void Drift(MachineClock clock, TimeSpan lasts)
    {
        Count(true);
        clock.Drift(_chance.Between(0.99, 1.01));
        Later(lasts, () => Synchronize(clock));
    }

    private static void Synchronize(MachineClock clock)
    {
        clock.Drift(1);
        clock.SetWall(TimeSpan.Zero);
    }

    private void Outage(FaultTarget target, TimeSpan lasts)
    {
        Say(Text(FaultKind.Outage, Words.Of(target), lasts));
        Count(_outages.GetValueOrDefault(target) == 0);
        _outages[target] = _outages.GetValueOrDefault(target) + 1;
        SetServers();
        Later(
            lasts,
            () =>
            {
                _outages[target]--;
                SetServers();
            }
        );
    }

    // If outages overlap, the last end counts.
    private void SetServers()
    {
        _cluster.Database.IsDown = _outages.GetValueOrDefault(FaultTarget.Database) > 0;
        // A server that is down is no longer paused: what waited there is lost.
        if (_cluster.Database.IsDown)
            _cluster.Database.Resume();
        if (_outages.GetValueOrDefault(FaultTarget.Broker) > 0)
            _cluster.Broker.Stop();
        else
            _cluster.Broker.Start();
    }

    private void Storm(FaultKind kind, TimeSpan lasts, Action begin)
    {
        Say($"{Words.Of(kind)} for {Seconds(lasts)}");
        Count(true);
        begin();
        _storms++;
        Later(
            lasts,
            () =>
            {
                if (--_storms == 0)
                    SetConditions();
            }
        );
    }

    private Component? Pick(FaultTarget target) =>
        target switch
        {
            FaultTarget.Bbs => _chance.Pick(_cluster.Bbses),
            FaultTarget.ActiveBbs => _cluster.Bbses.FirstOrDefault(bbs => bbs.IsRunning && bbs.Process == _watch.Fencing.Leader),
            FaultTarget.Auctioneer => _chance.Pick(_cluster.Auctioneers),
            FaultTarget.Converger => _chance.Pick(_cluster.Convergers),
            FaultTarget.RouteEmitter => _chance.Pick(_cluster.RouteEmitters),
            FaultTarget.Router => _cluster.Router,
            FaultTarget.Rep => _chance.Pick(_cluster.Reps),
            FaultTarget.AnyControl => _chance.Pick<Component>([
                .. _cluster.Bbses,
                .. _cluster.Auctioneers,
                .. _cluster.Convergers,
                .. _cluster.RouteEmitters,
            ]),
            FaultTarget.Any => _chance.Pick(_cluster.Components.ToList()),
            FaultTarget.All or FaultTarget.Database or FaultTarget.Broker => null,
        };

    private void Count(bool tookEffect)
    {
        if (tookEffect)
            Struck++;
    }

    // The words of the scenario files, so that a trace can be matched with the plan.
    private static string Text(FaultKind kind, string target, TimeSpan lasts) =>
        $"{Words.Of(kind)}: {target}{(FaultRules.Lasts(kind) ? $" for {Seconds(lasts)}" : "")}";

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");

    private void Say(string what) => _cluster.Trace("FAULT", what);
}
