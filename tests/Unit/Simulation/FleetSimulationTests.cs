using System.Xml.Linq;
using Scheduler.Simulation.Fleet;
using Scheduler.Simulation.Fleet.Report;

namespace Scheduler.Tests.Unit.Simulation;

/// <summary>Small fleets through a few hours: enough for drains, lost cells, deploys and failed placements.</summary>
public sealed class FleetSimulationTests
{
    private static readonly FleetOptions Small = new()
    {
        Cells = 60,
        Zones = 3,
        Hours = 4,
        Seed = 3,
    };

    [Fact]
    public void Gives_the_same_bytes_for_the_same_seed_and_others_for_another()
    {
        var first = Run(Small with { Hours = 2 }).ToJson();
        Assert.Equal(first, Run(Small with { Hours = 2 }).ToJson());
        Assert.NotEqual(first, Run(Small with { Hours = 2, Seed = 4 }).ToJson());
    }

    [Theory]
    [InlineData(60, 3)]
    [InlineData(120, 2)]
    [InlineData(1, 1)]
    public void Never_overbooks_a_cell_and_accounts_for_all_work(int cells, int zones)
    {
        var result = Run(Small with { Cells = cells, Zones = zones });
        var work = result.Work;
        Assert.Equal(new InvariantViolations(0, 0, 0), result.InvariantViolations);
        Assert.Equal(work.Arrived, work.Running + work.Starting + work.Waiting + work.Departed + work.Failed);
        Assert.True(result.Placements > 0 && work.Departed > 0 && work.Running > 0);
    }

    [Fact]
    public void Every_kind_of_trouble_happens()
    {
        var result = Run(Small);
        foreach (
            var happening in new[]
            {
                "apps deployed",
                "apps scaled",
                "apps deleted",
                "cells drained",
                "cells lost",
                "cells returned",
                "racks lost",
            }
        )
            Assert.True(result.Happenings.GetValueOrDefault(happening) > 0, happening);
        foreach (var arrival in new[] { "new app", "task", "deployed", "drained", "replaced", "restarted", "scaled up" })
            Assert.True(result.Arrivals.GetValueOrDefault(arrival) > 0, arrival);
    }

    [Fact]
    public void Its_report_is_well_formed_needs_nothing_else_and_has_the_pictures()
    {
        var html = FleetReport.Html(Run(Small));
        var page = XDocument.Parse(html);
        XNamespace svg = "http://www.w3.org/2000/svg";
        var pictures = page.Descendants(svg + "svg").ToList();
        Assert.Equal(
            [
                "Memory used on each cell",
                "Zone balance",
                "Wait for placement",
                "Wait for placement over time",
                "Failed placements by reason",
            ],
            pictures.Select(picture => picture.Element(svg + "title")!.Value)
        );
        Assert.All(pictures, picture => Assert.NotEmpty(picture.Descendants(svg + "path")));
        Assert.DoesNotContain(
            page.Descendants(),
            element => element.Attributes().Any(attribute => attribute.Name.LocalName is "src" or "href")
        );
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Percentiles_are_within_an_eighth()
    {
        var waits = new WaitHistogram();
        for (var ms = 1; ms <= 1_000; ms++)
            waits.Add(TimeSpan.FromMilliseconds(ms));
        Assert.InRange(waits.PercentileMs(0.5), 500, 500 * 1.125);
        Assert.InRange(waits.PercentileMs(0.99), 990, 1_000);
        Assert.Equal(1_000, waits.PercentileMs(1));
        Assert.Equal(1_000, waits.Between(0, double.MaxValue));
    }

    private static FleetResult Run(FleetOptions options) => FleetSimulation.Run(options, CancellationToken.None);
}
