using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// A starved cluster does less, but what it does is worth as much: while all machines are starved, the steps of the BBSs bring about at
/// least half of the outcomes that as many steps bring about while none is.
/// </summary>
/// <remarks>Work that is done twice, or for callers that have given up, takes steps and has no outcome.</remarks>
internal sealed class Goodput(SimulatedCluster cluster, Action<string, string> violated)
{
    public const string Rule = "a starved cluster wastes at most half of its capacity";

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Fewer say nothing: an outcome takes some dozen steps, and they need not fall into the same look.
    private const long FewestOutcomes = 100;

    private Tally _fed;
    private Tally _starved;
    private long _outcomes;
    private Tally _seen;

    public void Committed(Commit commit)
    {
        _outcomes += commit.Desired.Count;
        foreach (var (before, after) in commit.Actual)
        {
            if (after is { State: ActualLrpStateNames.Running } && before is not { State: ActualLrpStateNames.Running })
                _outcomes++;
        }

        foreach (var (before, after) in commit.Tasks)
        {
            if (after is { State: OneOffTask.Types.State.Completed } && before is not { State: OneOffTask.Types.State.Completed })
                _outcomes++;
        }
    }

    public void Look()
    {
        var now = new Tally(cluster.Bbses.Sum(bbs => bbs.Machine.Processor.Steps), _outcomes);
        var (steps, outcomes) = (now.Steps - _seen.Steps, now.Outcomes - _seen.Outcomes);
        _seen = now;
        if (cluster.Components.All(component => component.Machine.Processor.IsStarved))
            _starved = new Tally(_starved.Steps + steps, _starved.Outcomes + outcomes);
        else if (!cluster.Components.Any(component => component.Machine.Processor.IsStarved))
            _fed = new Tally(_fed.Steps + steps, _fed.Outcomes + outcomes);
    }

    /// <summary>Judges the whole run, at its end.</summary>
    public void Judge()
    {
        cluster.Trace("GOODPUT", $"{_fed} while fed, {_starved} while starved");
        var capacity = _starved.Steps * _fed.PerStep;
        if (capacity >= FewestOutcomes && _fed.Outcomes >= FewestOutcomes && _starved.Outcomes < capacity / 2)
            violated(Rule, $"{_starved} while all machines were starved, and {_fed} while none was");
    }

    private readonly record struct Tally(long Steps, long Outcomes)
    {
        public double PerStep => Steps == 0 ? 0 : (double)Outcomes / Steps;

        public override string ToString() => $"{Outcomes} outcomes of {Steps} steps";
    }
}
