using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Scheduler.Hosting.Ops;

/// <summary>
/// Collects the process's <see cref="Meter"/>s of this product and writes them in the Prometheus text format 0.0.4.
/// Counters and gauges as such; histograms with fixed buckets, in the unit of the instrument.
/// </summary>
public sealed class PrometheusText : IDisposable
{
    /// <summary>Meters with this prefix are ours.</summary>
    public const string MeterPrefix = "Scheduler.";

    /// <summary>Label combinations kept per instrument; more are summed under none, so that a label cannot eat the memory.</summary>
    public const int MaxSeries = 10_000;

    private static readonly double[] Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    public PrometheusText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<byte>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<short>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<int>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<long>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<float>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<double>((i, v, tags, _) => Record(i, v, tags));
        _listener.SetMeasurementEventCallback<decimal>((i, v, tags, _) => Record(i, (double)v, tags));
        _listener.Start();
    }

    public string Write()
    {
        lock (_gate)
        {
            // Observable instruments report what is so now; a label combination that is not reported is gone.
            foreach (var family in _families.Values)
                if (family.IsObservable)
                    family.Series.Clear();
        }

        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_gate)
        {
            foreach (var (name, family) in _families)
                family.Write(name, text);
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = MetricName(instrument);
        lock (_gate)
        {
            if (!_families.TryGetValue(name, out var family))
                _families[name] = family = new Family(instrument);
            family.Record(Labels(tags), value);
        }
    }

    private static string MetricName(Instrument instrument)
    {
        var name = Sanitize(instrument.Name);
        return KindOf(instrument) == Kind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string Sanitize(string name)
    {
        var builder = new StringBuilder(name.Length);
        foreach (var c in name)
            builder.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or ':' ? c : '_');
        return builder.Length > 0 && char.IsAsciiDigit(builder[0]) ? "_" + builder : builder.ToString();
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var builder = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            builder.Append(builder.Length == 0 ? "" : ",").Append(Sanitize(key)).Append("=\"");
            foreach (var c in Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")
                builder.Append(c switch { '\\' => "\\\\", '"' => "\\\"", '\n' => "\\n", _ => c.ToString() });
            builder.Append('"');
        }

        return builder.ToString();
    }

    private static Kind KindOf(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        if (type == typeof(Counter<>) || type == typeof(ObservableCounter<>))
            return Kind.Counter;
        return type == typeof(Histogram<>) ? Kind.Histogram : Kind.Gauge;
    }

    private enum Kind
    {
        Counter,
        Gauge,
        Histogram,
    }

    private sealed class Family(Instrument instrument)
    {
        private readonly Kind _kind = KindOf(instrument);
        private readonly bool _adds = instrument.GetType().GetGenericTypeDefinition() is var type
            && (type == typeof(Counter<>) || type == typeof(UpDownCounter<>));

        public bool IsObservable { get; } = instrument.IsObservable;

        public Dictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);

        public void Record(string labels, double value)
        {
            if (!Series.TryGetValue(labels, out var series))
            {
                var key = Series.Count < MaxSeries ? labels : "";
                if (!Series.TryGetValue(key, out series))
                    Series[key] = series = new Series(_kind == Kind.Histogram ? new long[Buckets.Length] : null);
            }

            series.Count++;
            series.Value = _adds || _kind == Kind.Histogram ? series.Value + value : value;
            for (var i = 0; series.Buckets is not null && i < Buckets.Length; i++)
                if (value <= Buckets[i])
                    series.Buckets[i]++;
        }

        public void Write(string name, StringBuilder text)
        {
            if (instrument.Description is { Length: > 0 } description)
                text.Append("# HELP ").Append(name).Append(' ').Append(description.Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(_kind.ToString().ToLowerInvariant()).Append('\n');
            foreach (var (labels, series) in Series.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                if (series.Buckets is null)
                {
                    Line(text, name, labels, series.Value);
                    continue;
                }

                var prefix = labels.Length == 0 ? "" : labels + ",";
                for (var i = 0; i < Buckets.Length; i++)
                    Line(text, name + "_bucket", $"{prefix}le=\"{Buckets[i].ToString(CultureInfo.InvariantCulture)}\"", series.Buckets[i]);
                Line(text, name + "_bucket", prefix + "le=\"+Inf\"", series.Count);
                Line(text, name + "_sum", labels, series.Value);
                Line(text, name + "_count", labels, series.Count);
            }
        }

        private static void Line(StringBuilder text, string name, string labels, double value)
        {
            text.Append(name);
            if (labels.Length > 0)
                text.Append('{').Append(labels).Append('}');
            text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }
    }

    private sealed class Series(long[]? buckets)
    {
        public long[]? Buckets { get; } = buckets;

        public double Value { get; set; }

        public long Count { get; set; }
    }
}
