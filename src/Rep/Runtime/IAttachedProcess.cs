namespace Scheduler.Rep.Runtime;

/// <summary>
/// A process in a container with somebody outside attached to its streams. It lives no longer than this object: disposing kills it and
/// everything that it started. When it ends by itself, what it started is killed too.
/// </summary>
public interface IAttachedProcess : IAsyncDisposable
{
    /// <summary>Its standard input. A write waits until the process takes it, and fails with an <see cref="IOException"/> once it never will.</summary>
    Stream Input { get; }

    /// <summary>Its standard output, and with a terminal also its standard error. A process whose output nobody reads waits.</summary>
    Stream Output { get; }

    /// <summary>Its standard error; null with a terminal.</summary>
    Stream? Error { get; }

    /// <summary>The exit code, 128 + n if signal n ended it. Completes only after the output has been read to its end.</summary>
    Task<int> Exit { get; }

    /// <summary>No more input follows. With a terminal this is its end-of-file character.</summary>
    ValueTask EndInputAsync(CancellationToken cancellation);

    /// <summary>Changes the size of its terminal; without one it does nothing.</summary>
    void Resize(TerminalSize size);

    /// <summary>Sends a signal to the process itself. Returns false if it has already ended.</summary>
    Task<bool> SignalAsync(ProcessSignal signal, CancellationToken cancellation);
}

/// <summary>The size of a terminal in characters; 0: unknown.</summary>
public readonly record struct TerminalSize(ushort Columns, ushort Rows);
