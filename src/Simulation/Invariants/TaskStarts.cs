using Scheduler.Rep.Runtime;
using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>A task is a one-off: its program is started on one cell and once, whatever is repeated, lost or restarted on the way.</summary>
internal sealed class TaskStarts(Action<string, string> violated)
{
    public const string Rule = "a task's program is started at most once";

    private readonly Dictionary<string, (string Cell, IContainerProcess Process)> _started = new(StringComparer.Ordinal);

    /// <summary>A task that is desired again after it had ended is another one: its client had not heard that it was taken.</summary>
    public void Committed(Commit commit)
    {
        foreach (var (before, after) in commit.Tasks)
        {
            if (before is null && after is not null) _started.Remove(after.TaskGuid);
        }
    }

    /// <summary>The main process of a container runs. A rep that starts anew asks again for what it finds running, which starts nothing.</summary>
    public void Runs(RepComponent rep, ContainerSpec spec, IContainerProcess process)
    {
        if (spec.Properties.GetValueOrDefault(WorkProperties.Kind) != WorkProperties.Task) return;
        if (!_started.TryAdd(spec.Handle, (rep.Name, process)) && _started[spec.Handle].Process != process)
            violated(Rule, $"{rep.Name} starts task {spec.Handle}, which {_started[spec.Handle].Cell} started before");
    }
}
