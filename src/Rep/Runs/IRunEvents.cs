using Scheduler.Rep.Journal;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Runs;

/// <summary>Events that a run reports to its cell. Each call returns once the cell has recorded the event.</summary>
internal interface IRunEvents
{
    Task CreatedAsync(string containerGuid, ContainerInfo container);

    /// <summary>The container is running; repeated by a restarted rep that finds it running.</summary>
    Task RunningAsync(string containerGuid, bool routable);

    Task RoutableAsync(string containerGuid, bool routable);

    Task CompletedAsync(string containerGuid, Outcome outcome);
}
