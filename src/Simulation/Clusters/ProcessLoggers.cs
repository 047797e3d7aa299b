using Microsoft.Extensions.Logging;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>Logging of one process: writes to the trace of the run if there is one, and reports errors to the observer.</summary>
internal sealed class ProcessLoggers(SimulatedCluster cluster, VirtualProcess process) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("everything goes into the run's own story");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error || cluster.Story is not null;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (process.IsDead || !IsEnabled(logLevel))
            return;
        var text = formatter(state, exception);
        if (exception is not null)
            text = $"{text} ({exception.GetType().Name}: {exception.Message})";
        cluster.Trace(process.Name, $"[{logLevel}] {text}");
        if (logLevel >= LogLevel.Error)
            cluster.ErrorLogged?.Invoke(process, eventId.Name ?? "", exception is null ? text : $"{text}\n{exception}");
    }

    public void Dispose()
    {
        // Nothing to dispose.
    }
}
