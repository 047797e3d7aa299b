using Scheduler.Rep.Runtime;
using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// A task runs once: its program is started on one cell and only once, whatever is repeated, lost or restarted in between.
/// </summary>
internal sealed class TaskStarts(Action<string, string> violated)
{
    public const string Rule = "a task's program is started at most once";

    private readonly Dictionary<string, (string Cell, IContainerProcess Process)> _started = new(StringComparer.Ordinal);

    /// <summary>A task that is desired again after it has ended is a new one: its client did not get the acknowledgement.</summary>
    public void Committed(Commit commit)
    {
        foreach (var (before, after) in commit.Tasks)
        {
            if (before is null && after is not null)
                _started.Remove(after.TaskGuid);
        }
    }

    /// <summary>
    /// The main process of a container runs. A restarted rep asks again for processes that it finds running, which does not start them.
    /// </summary>
    public void Runs(RepComponent rep, ContainerSpec spec, IContainerProcess process)
    {
        if (spec.Properties.GetValueOrDefault(WorkProperties.Kind) != WorkProperties.Task)
            return;
        if (!_started.TryAdd(spec.Handle, (rep.Name, process)) && _started[spec.Handle].Process != process)
            violated(Rule, $"{rep.Name} starts task {spec.Handle}, which {_started[spec.Handle].Cell} started before");
    }
}
