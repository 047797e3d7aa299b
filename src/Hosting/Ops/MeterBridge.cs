using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Numerics;
using Prometheus;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace Scheduler.Hosting.Ops;

/// <summary>
/// Bridge that exports the measurements of this product's <see cref="Meter"/>s to a Prometheus registry, from its creation on. Instruments
/// keep their names and their kinds: the library's own adapter prefixes the meter's name and turns counters into gauges.
/// </summary>
public sealed class MeterBridge : IDisposable
{
    /// <summary>Prefix of the names of this product's meters.</summary>
    public const string MeterPrefix = "Scheduler.";

    /// <summary>
    /// Label combinations kept per metric. Further ones are summed under a series without labels, so that a label cannot exhaust the
    /// memory.
    /// </summary>
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
        // There are no traces here, and exemplars would be looked up at each measurement.
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

    /// <summary>One per host: the library's default registry is process-wide and has metrics of its own.</summary>
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
        where T : struct, INumber<T> => _listener.SetMeasurementEventCallback<T>(Measured);

    private void Measured<T>(Instrument instrument, T value, ReadOnlySpan<Tag> tags, object? family)
        where T : struct, INumber<T> => ((MetricFamily)family!).Record(double.CreateTruncating(value), tags, Volatile.Read(ref _scrape));

    /// <summary>Concurrent scrapes observe one after the other; otherwise one would remove what the other has just seen.</summary>
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
