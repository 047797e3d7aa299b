using Scheduler.Client.Rollouts;

namespace Scheduler.Tests.Cli.Client.Rollouts;

/// <summary>A cluster with two versions of an app, in which starting, crashing and stopping take random numbers of ticks.</summary>
internal sealed class RolloutModel
{
    private const int TimeoutTicks = 200;
    private const int StuckTicks = 40;

    private readonly Random _random;
    private readonly Fate _fate;
    private readonly Plan _plan;
    private readonly List<Instance> _old;
    private readonly List<Instance> _new = [];
    private int _oldDesired;
    private int _newDesired;
    private int _idle;
    private int _most;

    public RolloutModel(Random random, Fate fate, Plan plan)
    {
        (_random, _fate, _plan, _oldDesired) = (random, fate, plan, plan.Before);
        _old = [.. Enumerable.Range(0, plan.Before).Select(index => new Instance(index) { IsRunning = true })];
    }

    internal readonly record struct Plan(int Instances, int Before, int Surge, int Unavailable);

    internal enum Fate
    {
        Good,

        /// <summary>Each start ends in a crash.</summary>
        Crashes,

        /// <summary>It runs for a while first.</summary>
        CrashesLate,

        NeverHealthy,
    }

    public bool IsBack { get; private set; }

    public bool IsOver { get; private set; }

    public (int Old, int New) Desired => (_oldDesired, _newDesired);

    /// <summary>Without those of the version that leaves that cannot run.</summary>
    public int Existing => _old.Count + _new.Count - (IsBack ? _new : _old).Count(IsStuck);

    public int Available =>
        _old.Count(one => one.IsRunning && one.Index < _oldDesired) + _new.Count(one => one.IsRunning && one.Index < _newDesired);

    /// <summary>Makes an instance of the old version crash for good.</summary>
    public void Break(int index) => (_old[index].IsRunning, _old[index].Crashes) = (false, 3);

    /// <summary>Another client goes on, which knows only what is in the cluster.</summary>
    public void ChangeClient() => (_idle, _most) = (0, 0);

    /// <summary>The client looks and takes a step; then the cluster does something.</summary>
    public void Tick()
    {
        var (leaving, arriving) = (View(_old, _oldDesired), View(_new, _newDesired));
        if (IsBack)
            (leaving, arriving) = (arriving, leaving);
        _idle = arriving.Available > _most ? 0 : _idle + 1;
        _most = Math.Max(_most, arriving.Available);
        var view = new RolloutView(
            IsBack ? _plan.Before : _plan.Instances,
            _plan.Surge,
            _plan.Unavailable,
            leaving,
            arriving,
            IsBack,
            RolloutPause.None,
            TimeSpan.FromSeconds(_idle),
            TimeSpan.FromSeconds(TimeoutTicks)
        );
        switch (RolloutDecision.Next(view))
        {
            case RolloutStep.ScaleArriving step:
                Scale(IsBack, step.Instances);
                break;
            case RolloutStep.ScaleLeaving step:
                Scale(!IsBack, step.Instances);
                break;
            case RolloutStep.GoBack:
                (IsBack, _idle, _most) = (true, 0, 0);
                break;
            case RolloutStep.Finish:
                IsOver = true;
                break;
            case RolloutStep.GiveUp step:
                throw new InvalidOperationException(step.Reason);
        }

        Live(_old, _oldDesired, Fate.Good);
        Live(_new, _newDesired, _fate);
    }

    private void Scale(bool old, int desired)
    {
        _idle = 0;
        if (old)
            _oldDesired = desired;
        else
            _newDesired = desired;
        var list = old ? _old : _new;
        for (var index = 0; index < desired; index++)
        {
            if (list.All(one => one.Index != index))
                list.Add(new Instance(index));
        }
    }

    private void Live(List<Instance> list, int desired, Fate lot)
    {
        foreach (var one in list.ToArray())
        {
            if (one.Index >= desired)
            {
                if (_random.Next(3) == 0)
                    list.Remove(one);
            }
            else if (one.IsRunning)
            {
                if (lot == Fate.CrashesLate && _random.Next(10) == 0)
                    (one.IsRunning, one.Crashes, one.Waits) = (false, one.Crashes + 1, 0);
            }
            else if (_random.Next(4) == 0)
            {
                if (lot == Fate.Crashes)
                    one.Crashes++;
                else if (lot is Fate.Good or Fate.CrashesLate && one.Crashes < 3)
                    (one.IsRunning, one.Waits) = (true, 0);
            }
            else
            {
                one.Waits++;
            }
        }
    }

    private static VersionView View(List<Instance> list, int desired) =>
        new(desired, [.. list.OrderBy(one => one.Index).Select(one => new SlotView(one.Index, one.IsRunning, IsStuck(one), one.Crashes))]);

    private static bool IsStuck(Instance one) => !one.IsRunning && (one.Crashes >= 3 || one.Waits >= StuckTicks);

    private sealed class Instance(int index)
    {
        public int Index => index;

        public bool IsRunning { get; set; }

        public int Crashes { get; set; }

        public int Waits { get; set; }
    }
}
