using Microsoft.Extensions.Logging;

namespace Scheduler.RouteEmitter.Nats;

/// <summary>
/// The client library's own log. It tells of each attempt with a stack; here that is Debug. Why an attempt failed it
/// tells nobody but its log, so this keeps it.
/// </summary>
internal sealed class NatsLibraryLog(ILogger log) : ILoggerFactory, ILogger
{
    private Exception? _failure;

    /// <summary>What failed last; null when nothing has.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => log.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug && log.IsEnabled(LogLevel.Debug);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not null)
            Volatile.Write(ref _failure, exception);
        if (IsEnabled(logLevel))
            log.Log(LogLevel.Debug, eventId, state, exception, formatter);
    }

    public void Dispose()
    {
    }
}
