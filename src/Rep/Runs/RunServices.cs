using Microsoft.Extensions.Logging;
using Scheduler.Rep.Health;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Runs;

/// <summary>What all containers of a cell share.</summary>
/// <param name="Ended">Null: nothing is kept of containers that have ended.</param>
/// <param name="CreationFailed">Called when a container could not be made.</param>
internal sealed record RunServices(
    RepOptions Options,
    IContainerRuntime Runtime,
    TimeProvider Time,
    ICheckProbe Probe,
    IFileTransfer? Files,
    IContainerFiles ContainerFiles,
    EndedLogs? Ended,
    RepMetrics Metrics,
    ILogger Logger,
    Action CreationFailed);
