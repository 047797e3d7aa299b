using Scheduler.Rep.Journal;
using Scheduler.Rep.Logs;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Steps;

/// <summary>What all steps of one container share.</summary>
internal sealed record StepContext
{
    public required string Handle { get; init; }

    public required IContainerRuntime Runtime { get; init; }

    public required ContainerJournal Journal { get; init; }

    public required ContainerLog Log { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Variables that every process gets after its own.</summary>
    public required IReadOnlyList<EnvironmentVariable> Environment { get; init; }

    /// <summary>Prefix of messages of processes that name no log source.</summary>
    public required string LogSource { get; init; }

    /// <summary>What asks a process to end.</summary>
    public ProcessSignal StopSignal { get; init; } = ProcessSignal.Terminate;

    /// <summary>Between the stop signal and the kill.</summary>
    public required TimeSpan Grace { get; init; }

    /// <summary>How long a killed process may take to vanish before nobody waits for it any more.</summary>
    public TimeSpan KillWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Null: this cell moves no files in or out of containers.</summary>
    public IFileTransfer? Files { get; init; }

    /// <summary>Called when a process had to be killed because it ignored the stop signal.</summary>
    public Action KilledAfterGrace { get; init; } = () => { };
}
