using System.Diagnostics.Metrics;
using System.Text;

namespace Scheduler.Hosting.Ops;

/// <summary>Kind of a Prometheus metric.</summary>
public enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>Name and kind of an instrument in Prometheus.</summary>
/// <param name="Name">The instrument's own name, with <c>_total</c> for a counter.</param>
/// <param name="Kind">Counters stay counters: they only rise, and restart with the process.</param>
/// <param name="Adds">Whether a measurement adds to the value or is the value.</param>
public sealed record MetricShape(string Name, MetricKind Kind, bool Adds)
{
    private const string CounterSuffix = "_total";

    // From a millisecond to a minute: commits and calls are in the lower range, container starts in the upper.
    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private static readonly double[] Counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000];

    public static MetricShape Of(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        var kind =
            type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : type == typeof(Histogram<>) ? MetricKind.Histogram
            : MetricKind.Gauge;
        var name = Sanitize(instrument.Name);
        if (kind == MetricKind.Counter && !name.EndsWith(CounterSuffix, StringComparison.Ordinal))
            name += CounterSuffix;
        return new MetricShape(name, kind, type == typeof(Counter<>) || type == typeof(UpDownCounter<>));
    }

    /// <summary>Converts the name of a metric or label to a valid Prometheus name.</summary>
    public static string Sanitize(string name)
    {
        var builder = new StringBuilder(name.Length);
        foreach (var c in name)
            builder.Append(char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_');
        return builder.Length > 0 && char.IsAsciiDigit(builder[0]) ? "_" + builder : builder.ToString();
    }

    /// <summary>Upper bounds of a histogram's buckets: those that its instrument advises, or else bounds that fit its unit.</summary>
    public static double[] Buckets(Instrument instrument) =>
        instrument switch
        {
            Instrument<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
            Instrument<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
            Instrument<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(bound => (double)bound)],
            _ => instrument.Unit == "s" ? Seconds : Counts,
        };
}
