using Scheduler.Rep.Journal;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Runs;

/// <summary>What a run tells its cell. Each call returns when the cell has taken note.</summary>
internal interface IRunEvents
{
    Task CreatedAsync(string containerGuid, ContainerInfo container);

    /// <summary>It does what it is there for; also said again by a rep that finds it running.</summary>
    Task RunningAsync(string containerGuid, bool routable);

    Task RoutableAsync(string containerGuid, bool routable);

    Task CompletedAsync(string containerGuid, Outcome outcome);
}
