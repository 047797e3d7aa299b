using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;
using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>A task is a one-off: its program is started on one cell and once, whatever is repeated, lost or restarted on the way.</summary>
internal sealed class TaskStarts(Action<string, string> violated)
{
    public const string Rule = "a task's program is started at most once";

    private readonly Dictionary<string, string> _startedOn = new(StringComparer.Ordinal);

    /// <summary>A task that is desired again after it had ended is another one: its client had not heard that it was taken.</summary>
    public void Committed(Commit commit)
    {
        foreach (var (before, after) in commit.Tasks)
        {
            if (before is null && after is not null) _startedOn.Remove(after.TaskGuid);
        }
    }

    /// <summary>A rep is about to start the main process of a container.</summary>
    public void Runs(RepComponent rep, ContainerInfo container)
    {
        if (container.Spec.Properties.GetValueOrDefault(WorkProperties.Kind) != WorkProperties.Task) return;
        if (!_startedOn.TryAdd(container.Handle, rep.Name)) violated(Rule, $"{rep.Name} starts task {container.Handle}, which {_startedOn[container.Handle]} started before");
    }
}
