using System.Diagnostics.Metrics;
using System.Text;
using Scheduler.Hosting.Ops;

namespace Scheduler.Tests.Unit.Hosting.Ops;

public sealed class MeterBridgeTests : IDisposable
{
    // A bridge hears every meter of the process, those of tests beside this one included.
    private readonly string _name = $"m{Guid.NewGuid():N}";
    private readonly Meter _meter = new("Scheduler.Tests.Bridge");
    private readonly MeterBridge _bridge = new();

    public void Dispose()
    {
        _bridge.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task The_first_scrape_has_all_that_was_counted_before()
    {
        var requests = _meter.CreateCounter<long>(_name, null, "Calls, by method");
        for (var i = 0; i < 1000; i++)
            requests.Add(1, Tag("method", "/bbs/List"));
        Assert.Equal(
            [$"# HELP {_name}_total Calls, by method", $"# TYPE {_name}_total counter", $"{_name}_total{{method=\"/bbs/List\"}} 1000"],
            await ScrapeAsync()
        );
    }

    [Fact]
    public async Task Each_kind_stays_what_it_is()
    {
        _meter.CreateCounter<int>($"{_name}a").Add(2);
        _meter.CreateCounter<int>($"{_name}b_total").Add(2);
        _meter.CreateUpDownCounter<int>($"{_name}c").Add(5);
        _meter.CreateGauge<double>($"{_name}d").Record(1.5);
        _meter.CreateHistogram<double>($"{_name}e").Record(1.5);
        _meter.CreateObservableCounter($"{_name}f", () => 7);
        _meter.CreateObservableGauge($"{_name}g", () => 8m);
        _meter.CreateObservableUpDownCounter($"{_name}h", () => (byte)9);
        var types = (await ScrapeAsync())
            .Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal))
            .Select(line => line[("# TYPE ".Length + _name.Length)..]);
        Assert.Equal(
            ["a_total counter", "b_total counter", "c gauge", "d gauge", "e histogram", "f_total counter", "g gauge", "h gauge"],
            types.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Labels_are_named_as_Prometheus_wants_and_their_values_are_left_as_they_are()
    {
        _meter.CreateCounter<int>(_name).Add(3, Tag("cell-id", "a\\b\"c\nd"), Tag("1st", null));
        Assert.Contains($"{_name}_total{{_1st=\"\",cell_id=\"a\\\\b\\\"c\\nd\"}} 3", await ScrapeAsync());
    }

    [Fact]
    public async Task The_order_of_labels_makes_no_difference()
    {
        var counter = _meter.CreateCounter<int>(_name);
        counter.Add(1, Tag("a", 1), Tag("b", 2));
        counter.Add(1, Tag("b", 2), Tag("a", 1));
        Assert.Equal([$"{_name}_total{{a=\"1\",b=\"2\"}} 2"], await SamplesAsync());
    }

    [Fact]
    public async Task Instruments_of_one_name_are_one_metric()
    {
        using var other = new Meter("Scheduler.Tests.Bridge");
        _meter.CreateCounter<int>(_name).Add(1, Tag("cell", "a"));
        other.CreateCounter<int>(_name).Add(1, Tag("cell", "b"));
        other.CreateCounter<int>(_name).Add(1, Tag("cell", "a"));
        Assert.Equal(
            [$"{_name}_total{{cell=\"a\"}} 2", $"{_name}_total{{cell=\"b\"}} 1"],
            (await SamplesAsync()).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Buckets_are_those_that_the_instrument_advises()
    {
        _meter.CreateHistogram(_name, null, null, null, new InstrumentAdvice<int> { HistogramBucketBoundaries = [10, 100] }).Record(50);
        Assert.Equal(["10", "100", "+Inf"], await BucketsAsync());
        Assert.Contains($"{_name}_bucket{{le=\"100\"}} 1", await ScrapeAsync());
    }

    [Theory]
    [InlineData("s", "0.001", "60")]
    [InlineData(null, "1", "1000000")]
    public async Task Buckets_without_advice_fit_the_unit(string? unit, string first, string last)
    {
        _meter.CreateHistogram<double>(_name, unit).Record(1);
        var buckets = await BucketsAsync();
        Assert.Equal((first, last, "+Inf"), (buckets[0], buckets[^2], buckets[^1]));
    }

    [Fact]
    public async Task What_an_observable_instrument_no_longer_reports_is_gone()
    {
        IEnumerable<Measurement<int>> now = [new(1, Tag("domain", "a")), new(1, Tag("domain", "b"))];
        _meter.CreateObservableGauge(_name, () => now);
        Assert.Equal(2, (await SamplesAsync()).Count);
        now = [new(1, Tag("domain", "b"))];
        Assert.Equal([$"{_name}{{domain=\"b\"}} 1"], await SamplesAsync());
        now = [];
        Assert.Empty(await SamplesAsync());
        now = [new(4, Tag("domain", "a"))];
        Assert.Equal([$"{_name}{{domain=\"a\"}} 4"], await SamplesAsync());
    }

    [Fact]
    public async Task A_total_that_begins_anew_is_shown_as_it_is()
    {
        var total = 10;
        _meter.CreateObservableCounter(_name, () => total);
        Assert.Equal([$"{_name}_total 10"], await SamplesAsync());
        total = 3;
        Assert.Equal([$"{_name}_total 3"], await SamplesAsync());
        total = 4;
        Assert.Equal([$"{_name}_total 4"], await SamplesAsync());
    }

    [Fact]
    public async Task Labels_beyond_the_bound_are_summed_under_none()
    {
        var counter = _meter.CreateCounter<int>(_name);
        for (var i = 0; i < MeterBridge.MaxSeries + 5; i++)
            counter.Add(1, Tag("i", i));
        counter.Add(1, Tag("i", 0));
        var samples = await SamplesAsync();
        Assert.Equal(MeterBridge.MaxSeries + 1, samples.Count);
        Assert.Contains($"{_name}_total 5", samples);
        Assert.Contains($"{_name}_total{{i=\"0\"}} 2", samples);
    }

    [Fact]
    public async Task An_increment_below_zero_neither_counts_nor_fails_what_is_measured()
    {
        var counter = _meter.CreateCounter<int>(_name);
        counter.Add(2);
        counter.Add(-1);
        Assert.Equal([$"{_name}_total 2"], await SamplesAsync());
    }

    [Fact]
    public async Task Meters_of_others_are_left_out()
    {
        using var other = new Meter("Other.Scheduler.Tests");
        other.CreateCounter<int>(_name).Add(1);
        Assert.Empty(await ScrapeAsync());
    }

    [Fact]
    public async Task Nothing_but_what_our_meters_measure_is_shown()
    {
        _meter.CreateCounter<int>(_name).Add(1);
        Assert.DoesNotContain(
            await AllAsync(),
            line => line.Contains("prometheus_net") || line.Contains("process_") || line.Contains("dotnet_")
        );
    }

    [Fact]
    public void A_measurement_allocates_nothing_once_its_labels_are_known()
    {
        var counter = _meter.CreateCounter<long>(_name);
        var histogram = _meter.CreateHistogram<double>($"{_name}h", "s");
        var labels = (Tag("method", "/bbs/List"), Tag("cell", "cell-1"));
        Measure();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Measure();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Measure()
        {
            counter.Add(1);
            counter.Add(1, labels.Item1);
            counter.Add(1, labels.Item1, labels.Item2);
            histogram.Record(0.1);
            histogram.Record(0.1, labels.Item1);
        }
    }

    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);

    private async Task<List<string>> BucketsAsync() =>
        [
            .. (await ScrapeAsync())
                .Where(line => line.StartsWith($"{_name}_bucket", StringComparison.Ordinal))
                .Select(line => line.Split('"')[1]),
        ];

    private async Task<List<string>> SamplesAsync() => [.. (await ScrapeAsync()).Where(line => line[0] != '#')];

    private async Task<List<string>> ScrapeAsync() => [.. (await AllAsync()).Where(line => line.Contains(_name))];

    private async Task<string[]> AllAsync()
    {
        using var text = new MemoryStream();
        await _bridge.Registry.CollectAndExportAsTextAsync(text);
        return Encoding.UTF8.GetString(text.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
