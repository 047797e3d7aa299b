using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Numerics;
using Prometheus;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace Scheduler.Hosting.Ops;

/// <summary>
/// Carries what the process's <see cref="Meter"/>s of this product measure into a Prometheus registry, from the moment that it is made.
/// Instruments keep their names, and what they are: the library's own adapter puts the meter's name before them and
/// makes gauges of counters.
/// </summary>
public sealed class MeterBridge : IDisposable
{
    /// <summary>Meters with this prefix are ours.</summary>
    public const string MeterPrefix = "Scheduler.";

    /// <summary>Label combinations kept per metric; more are summed under none, so that a label cannot eat the memory.</summary>
    public const int MaxSeries = 10_000;

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly MetricFactory _factory;
    private readonly Lock _scraping = new();
    private long _scrape;

    public MeterBridge()
    {
        Registry = Metrics.NewCustomRegistry();
        _factory = Metrics.WithCustomRegistry(Registry);
        // Traces are not measured here, and would be looked for at each measurement.
        _factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        Registry.AddBeforeCollectCallback(Observe);
        _listener.InstrumentPublished = Published;
        Listen<byte>();
        Listen<short>();
        Listen<int>();
        Listen<long>();
        Listen<float>();
        Listen<double>();
        Listen<decimal>();
        _listener.Start();
    }

    /// <summary>One per host: the library's own is the process's, and has metrics of its own.</summary>
    public CollectorRegistry Registry { get; }

    public void Dispose() => _listener.Dispose();

    private void Published(Instrument instrument, MeterListener listener)
    {
        if (!instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal))
            return;
        var shape = MetricShape.Of(instrument);
        listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(shape.Name, _ => new MetricFamily(instrument, shape, _factory)));
    }

    private void Listen<T>()
        where T : struct, INumber<T> =>
        _listener.SetMeasurementEventCallback<T>(Measured);

    private void Measured<T>(Instrument instrument, T value, ReadOnlySpan<Tag> tags, object? family)
        where T : struct, INumber<T> =>
        ((MetricFamily)family!).Record(double.CreateTruncating(value), tags, Volatile.Read(ref _scrape));

    /// <summary>Two scrapes at once observe one after the other, or one would remove what the other has just seen.</summary>
    private void Observe()
    {
        lock (_scraping)
        {
            var scrape = Interlocked.Increment(ref _scrape);
            _listener.RecordObservableInstruments();
            foreach (var family in _families.Values)
                family.RemoveAllBut(scrape);
        }
    }
}
