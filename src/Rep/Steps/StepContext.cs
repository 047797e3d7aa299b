using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Steps;

/// <summary>Context shared by all steps of one container.</summary>
internal sealed record StepContext
{
    public required string Handle { get; init; }

    public required IContainerRuntime Runtime { get; init; }

    public required ContainerJournal Journal { get; init; }

    public required ContainerLog Log { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Variables appended to those of every process.</summary>
    public required IReadOnlyList<EnvironmentVariable> Environment { get; init; }

    /// <summary>Log source for processes that do not name one.</summary>
    public required string LogSource { get; init; }

    /// <summary>The signal that asks a process to end.</summary>
    public ProcessSignal StopSignal { get; init; } = ProcessSignal.Terminate;

    /// <summary>Time between the request to stop and the stop signal.</summary>
    public TimeSpan StopDelay { get; init; }

    /// <summary>Time between the stop signal and the kill.</summary>
    public required TimeSpan Grace { get; init; }

    /// <summary>How long to wait for a killed process to exit.</summary>
    public TimeSpan KillWait { get; init; } = TimeSpan.FromSeconds(1);

    public required IFileTransfer Files { get; init; }

    /// <summary>Called when a process had to be killed because it ignored the stop signal.</summary>
    public Action KilledAfterGrace { get; init; } = () => { };
}
