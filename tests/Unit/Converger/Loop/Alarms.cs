using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Scheduler.Converger;
using Scheduler.Converger.Loop;

namespace Scheduler.Tests.Unit.Converger.Loop;

/// <summary>What an operator would see: error lines, and counters by name.</summary>
internal sealed class Alarms : ILogger<ConvergerLoop>, IDisposable
{
    private readonly MeterListener _listener = new();

    public Alarms(ConvergerMetrics metrics)
    {
        _listener.SetMeasurementEventCallback<long>(
            (instrument, value, tags, _) =>
            {
                var name = tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Value}";
                Counts[name] = Counts.GetValueOrDefault(name) + value;
            }
        );
        // Other tests in this process have meters with the same name.
        _listener.EnableMeasurementEvents(metrics.Contradictions);
        _listener.EnableMeasurementEvents(metrics.Missed);
    }

    public List<string> Errors { get; } = [];

    public Dictionary<string, long> Counts { get; } = [];

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (logLevel >= LogLevel.Error)
            Errors.Add(formatter(state, exception));
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose() => _listener.Dispose();
}
