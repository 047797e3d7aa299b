using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Prometheus;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace Scheduler.Hosting.Ops;

/// <summary>
/// The series of one metric, however many instruments feed it: the cells of one node have instruments with the same names.
/// </summary>
internal sealed class MetricFamily(Instrument instrument, MetricShape shape, MetricFactory factory)
{
    private readonly ConcurrentDictionary<Tag[], Series> _series = new(TagComparer.Instance);
    private readonly bool _isObservable = instrument.IsObservable;
    private readonly string _help = instrument.Description ?? "";
    private readonly double[] _buckets = shape.Kind == MetricKind.Histogram ? MetricShape.Buckets(instrument) : [];
    private int _count;

    /// <summary>Records one measurement. Allocates nothing if its labels are known.</summary>
    /// <param name="scrape">The scrape that requested it, if any.</param>
    public void Record(double value, ReadOnlySpan<Tag> tags, long scrape)
    {
        if (!_series.GetAlternateLookup<ReadOnlySpan<Tag>>().TryGetValue(tags, out var series))
            series = Add(tags);
        series.Scrape = scrape;
        series.Record(value);
    }

    /// <summary>An observable instrument reports current values; series that it did not report in this scrape are removed.</summary>
    public void RemoveAllBut(long scrape)
    {
        if (!_isObservable)
            return;
        foreach (var (tags, series) in _series)
        {
            if (series.Scrape == scrape || !_series.TryRemove(tags, out _))
                continue;
            Interlocked.Decrement(ref _count);
            series.Remove();
        }
    }

    private Series Add(ReadOnlySpan<Tag> tags)
    {
        var key = Volatile.Read(ref _count) < MeterBridge.MaxSeries ? tags.ToArray() : [];
        if (_series.TryGetValue(key, out var there))
            return there;
        var created = Create(key);
        if (!_series.TryAdd(key, created))
            return _series.GetValueOrDefault(key) ?? created;
        Interlocked.Increment(ref _count);
        return created;
    }

    private Series Create(Tag[] tags)
    {
        // The order of labels is irrelevant in Prometheus but not in the library.
        var labels = tags.Select(tag =>
                (Name: MetricShape.Sanitize(tag.Key), Value: Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "")
            )
            .OrderBy(label => label.Name, StringComparer.Ordinal)
            .ToList();
        string[] names = [.. labels.Select(label => label.Name)];
        string[] values = [.. labels.Select(label => label.Value)];
        switch (shape.Kind)
        {
            case MetricKind.Counter:
                var counters = factory.CreateCounter(shape.Name, _help, names, new CounterConfiguration { SuppressInitialValue = true });
                return shape.Adds ? Series.OfAdded(counters.WithLabels(values)) : Series.OfTotals(() => counters.WithLabels(values));
            case MetricKind.Histogram:
                var histograms = factory.CreateHistogram(
                    shape.Name,
                    _help,
                    names,
                    new HistogramConfiguration { SuppressInitialValue = true, Buckets = _buckets }
                );
                var histogram = histograms.WithLabels(values);
                return new Series(histogram.Observe, histogram.Remove);
            default:
                var gauge = factory
                    .CreateGauge(shape.Name, _help, names, new GaugeConfiguration { SuppressInitialValue = true })
                    .WithLabels(values);
                return new Series(shape.Adds ? gauge.Inc : gauge.Set, gauge.Remove);
        }
    }

    /// <summary>One combination of labels.</summary>
    private sealed class Series(Action<double> record, Action remove)
    {
        private long _scrape;

        public Action<double> Record { get; } = record;

        public Action Remove { get; } = remove;

        public long Scrape
        {
            get => Volatile.Read(ref _scrape);
            set => Volatile.Write(ref _scrape, value);
        }

        /// <summary>A counter fed with increments. A negative one is ignored, because it must not fail the code that measures.</summary>
        public static Series OfAdded(Counter.Child counter) =>
            new(
                increment =>
                {
                    if (increment >= 0)
                        counter.Inc(increment);
                },
                counter.Remove
            );

        /// <summary>A counter fed with totals. A total lower than before restarts the counter, as with a new term of its part.</summary>
        public static Series OfTotals(Func<Counter.Child> create)
        {
            var counter = create();
            return new Series(
                total =>
                {
                    if (total < counter.Value)
                    {
                        counter.Remove();
                        counter = create();
                    }

                    counter.IncTo(total);
                },
                () => counter.Remove()
            );
        }
    }
}
