using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Auctioneer;
using Scheduler.Bbs;
using Scheduler.Converger;
using Scheduler.Hosting.Ops;
using Scheduler.Models;
using Scheduler.Rep;
using Scheduler.Rep.Transfers.Web;
using Scheduler.RouteEmitter;
using Scheduler.Router;
using Scheduler.Router.Table;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.Unit.Auctioneer.Bidding;

namespace Scheduler.Tests.Unit.Hosting.Ops;

/// <summary>Dashboards and alarms of operators are written for these names.</summary>
public class MetricNamesTests
{
    private static readonly (string Part, string Meter)[] Meters =
    [
        ("bbs", BbsMetrics.MeterName),
        ("auctioneer", AuctioneerMetrics.MeterName),
        ("rep", RepMetrics.MeterName),
        ("converger", ConvergerMetrics.MeterName),
        ("route-emitter", RouteEmitterMetrics.MeterName),
        ("router", RouterMetrics.MeterName),
    ];

    [Fact]
    public void The_document_of_metrics_is_up_to_date()
    {
        var rows = Rows();
        var text = """
            # Metrics

            The metrics that each component serves at `/metrics`. Counters start at 0 with the process.

            """;
        foreach (var (part, meter) in Meters)
            text +=
                $"\n## {part}\n\n| name | type | unit | about |\n|---|---|---|---|\n{string.Concat(rows[meter].Select(row => row + "\n"))}";
        Golden.Equal("docs/metrics.md", text);
    }

    private static Dictionary<string, SortedSet<string>> Rows()
    {
        var seen = Meters.ToDictionary(part => part.Meter, _ => new SortedSet<string>(StringComparer.Ordinal));
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (!seen.TryGetValue(instrument.Meter.Name, out var rows))
                return;
            var shape = MetricShape.Of(instrument);
            Assert.False(string.IsNullOrEmpty(instrument.Description), $"{shape.Name} has no description");
            // Other tests of this process make metrics too.
            lock (seen)
                rows.Add($"| `{shape.Name}` | {shape.Kind.ToString().ToLowerInvariant()} | {instrument.Unit} | {instrument.Description} |");
        };
        listener.Start();

        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var bbs = new BbsMetrics();
        using var rep = new RepMetrics(new CellId("cell-1"));
        using var transfers = new TransferMetrics(new CellId("cell-1"));
        using var converger = new ConvergerMetrics(meters);
        using var emitter = new RouteEmitterMetrics(meters);
        var limits = new TableLimits(1, 1, TimeSpan.Zero, TimeSpan.Zero);
        using var router = new RouterMetrics(meters, new RoutingTable(limits, new Random(1)), () => 0, () => true);
        var world = new BiddingWorld(1);
        using var gauges = new BiddingGauges(world.Loop, world.Engine);
        _ = AuctioneerMetrics.Refused;
        lock (seen)
            return seen.ToDictionary(part => part.Key, part => new SortedSet<string>(part.Value, StringComparer.Ordinal));
    }
}
