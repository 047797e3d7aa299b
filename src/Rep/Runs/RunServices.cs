using Microsoft.Extensions.Logging;
using Scheduler.Rep.Health;
using Scheduler.Rep.Identity;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Runs;

/// <summary>Services shared by all containers of a cell.</summary>
/// <param name="Identity">Null: containers get no certificates.</param>
/// <param name="Ended">Null: logs of ended containers are not kept.</param>
/// <param name="CreationFailed">Called when a container could not be created.</param>
internal sealed record RunServices(
    RepOptions Options,
    IContainerRuntime Runtime,
    TimeProvider Time,
    ICheckProbe Probe,
    IFileTransfer Files,
    IContainerFiles ContainerFiles,
    InstanceIdentity? Identity,
    EndedLogs? Ended,
    RepMetrics Metrics,
    ILogger Logger,
    Action CreationFailed
);
