using Microsoft.Extensions.Logging;

namespace Scheduler.Messaging;

/// <summary>
/// Logger for the client library. The library logs each attempt with a stack trace; here that is Debug. Its log is the only place where it
/// says why an attempt failed, so this class keeps the last failure.
/// </summary>
internal sealed class NatsLibraryLog(ILogger log) : ILoggerFactory, ILogger
{
    private Exception? _failure;

    /// <summary>The last failure; null if there was none.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => log.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug && log.IsEnabled(LogLevel.Debug);

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (exception is not null)
            Volatile.Write(ref _failure, exception);
        if (IsEnabled(logLevel))
            log.Log(LogLevel.Debug, eventId, state, exception, formatter);
    }

    public void Dispose() { }
}
