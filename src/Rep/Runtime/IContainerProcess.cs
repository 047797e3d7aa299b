namespace Scheduler.Rep.Runtime;

/// <summary>A process that was started in a container, by this rep process or by an earlier one.</summary>
public interface IContainerProcess
{
    string Id { get; }

    /// <summary>Process id on the host.</summary>
    int Pid { get; }

    DateTimeOffset StartedAt { get; }

    /// <summary>Completes when the process has ended; never fails. Ends as lost if the container is destroyed first.</summary>
    Task<ProcessExit> Exit { get; }

    /// <summary>Sends a signal to the process itself. Returns false if it has already ended.</summary>
    Task<bool> SignalAsync(ProcessSignal signal, CancellationToken cancellation);
}

public enum ProcessSignal
{
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    User1 = 10,
    User2 = 12,
    Terminate = 15,
}

/// <summary>How a process ended.</summary>
/// <param name="Code">Its exit code; 128 + n if signal n ended it; −1 if the code is lost.</param>
/// <param name="OutOfMemory">
/// The kernel killed a process of this container for lack of memory while this one ran, and it exited with a code other than 0.
/// </param>
/// <param name="Lost">Its supervisor was killed, or the container was destroyed, before the code was known.</param>
public readonly record struct ProcessExit(int Code, bool OutOfMemory = false, bool Lost = false)
{
    public static readonly ProcessExit Unknown = new(-1, Lost: true);

    /// <summary>Why its program never started, in words for its owner; null if it did.</summary>
    public string? StartFailure { get; init; }

    public bool Succeeded => Code == 0;

    /// <summary>The signal that ended it, or null. As in a shell, a program that exits with 129 to 192 itself looks the same.</summary>
    public int? Signal => Code is > 128 and <= 192 ? Code - 128 : null;
}
