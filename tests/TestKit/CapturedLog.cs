using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Scheduler.Tests.TestKit;

/// <summary>A log that captures lines of all levels for a test.</summary>
public sealed class CapturedLog<T> : ILogger<T>
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    /// <summary>All lines so far, with full exceptions.</summary>
    public IEnumerable<string> Lines => _lines.Select(line => line.Text);

    /// <summary>Lines of at least this level.</summary>
    public IEnumerable<string> From(LogLevel level) => _lines.Where(line => line.Level >= level).Select(line => line.Text);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => _lines.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));
}
