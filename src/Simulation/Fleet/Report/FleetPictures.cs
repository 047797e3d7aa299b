using System.Globalization;
using System.Text;

namespace Scheduler.Simulation.Fleet.Report;

/// <summary>The charts of a run, each with a caption.</summary>
internal static class FleetPictures
{
    private const int MaxRows = 200;

    /// <summary>From nearly empty to full: one hue, light to dark, so that it is also readable in greyscale.</summary>
    private static readonly string[] FillColours =
    [
        "#f7fbff",
        "#e3eef9",
        "#cfe1f2",
        "#b5d4e9",
        "#93c3df",
        "#6daed5",
        "#4b97c9",
        "#2f7ebc",
        "#1864aa",
        "#08306b",
    ];

    private const string AbsentColour = "#f2b8a0";

    public static IEnumerable<(string Title, string Text, string Svg)> Of(FleetResult result)
    {
        yield return Fill(result);
        yield return Zones(result);
        yield return Waits(result);
        yield return WaitsOverTime(result);
        yield return Failures(result);
    }

    private static (string, string, string) Fill(FleetResult result)
    {
        const string Title = "Memory used on each cell";
        var cells = result.Profiles.Count;
        var rows = Math.Min(cells, MaxRows);
        var each = (int)Math.Ceiling((double)cells / rows);
        rows = (int)Math.Ceiling((double)cells / each);
        var text =
            (each == 1 ? "Each row is one cell" : $"Each row is the mean of {each} neighbouring cells")
            + ", grouped by zone; dark means full. "
            + "The orange and white diagonal is the rolling upgrade: cells drain, leave and return empty. "
            + "Orange bars are lost cells.";
        var chart = new SvgChart(Title, text, height: Math.Max(220, Math.Min(620, rows * 6 + 70)));
        var (rowHeight, columnWidth) = ((double)chart.PlotHeight / rows, (double)chart.PlotWidth / FleetMeasures.Slices);
        var paths = new StringBuilder[FillColours.Length + 1];
        for (var i = 0; i < paths.Length; i++)
            paths[i] = new StringBuilder();
        for (var row = 0; row < rows; row++)
        {
            // Merge adjacent slices of one colour into one box.
            for (int from = 0, to; from < FleetMeasures.Slices; from = to)
            {
                var level = Level(result, row * each, Math.Min(cells, (row + 1) * each), from);
                for (
                    to = from + 1;
                    to < FleetMeasures.Slices && Level(result, row * each, Math.Min(cells, (row + 1) * each), to) == level;
                    to++
                )
                    ;
                paths[level]
                    .Append('M')
                    .Append(SvgChart.Number(from * columnWidth))
                    .Append(' ')
                    .Append(SvgChart.Number(row * rowHeight))
                    .Append('H')
                    .Append(SvgChart.Number(to * columnWidth))
                    .Append('V')
                    .Append(SvgChart.Number((row + 1) * rowHeight))
                    .Append('H')
                    .Append(SvgChart.Number(from * columnWidth))
                    .Append('z');
            }
        }

        for (var level = 0; level < paths.Length; level++)
            chart.Boxes(level == FillColours.Length ? AbsentColour : FillColours[level], paths[level]);
        var zones = new List<(double, string)>();
        var first = 0;
        while (first < cells)
        {
            var after = first;
            while (after < cells && result.Profiles[after].Zone == result.Profiles[first].Zone)
                after++;
            zones.Add((1 - (first + after) / 2.0 / cells, result.Profiles[first].Zone));
            if (first > 0)
                chart.Box(0, 1 - (double)first / cells, 1, 0.003, "#1c2733");
            first = after;
        }

        chart.YAxis("cells, by zone", zones, lines: false);
        Time(chart, result);
        for (var level = 0; level < FillColours.Length; level++)
            chart.Legend(FillColours[level], $"{level * 10}–{level * 10 + 10} %");
        chart.Legend(AbsentColour, "absent");
        return (Title, text, chart.Svg());
    }

    private static int Level(FleetResult result, int from, int to, int slice)
    {
        var (sum, there) = (0, 0);
        for (var cell = from; cell < to; cell++)
        {
            var fill = result.Measures.Fill[cell][slice];
            if (fill == FleetMeasures.Absent)
                continue;
            sum += fill;
            there++;
        }

        // A row of several cells is shown as absent if at least half of them are, or a lost cell would never be visible.
        return there <= (to - from) / 2
            ? FillColours.Length
            : Math.Min(FillColours.Length - 1, sum * FillColours.Length / (there * FleetMeasures.FullCell));
    }

    private static (string, string, string) Zones(FleetResult result)
    {
        const string Title = "Zone balance";
        const string Text =
            "Memory used as a share of the memory of present cells, by zone. The auction balances each LRP's instances "
            + "over zones first; a zone that loses cells is fuller until they return. "
            + "Dashed: standard deviation over cells, on the same scale.";
        var chart = new SvgChart(Title, Text);
        var most = Math.Min(
            1,
            Math.Ceiling(result.Measures.ZoneUsed.Max(zone => zone.Where(double.IsFinite).DefaultIfEmpty().Max()) * 10) / 10
        );
        most = Math.Max(most, 0.1);
        chart.YAxis("memory used, %", Ticks((int)Math.Round(most * 10), part => $"{part * most * 100:0}"));
        Time(chart, result);
        for (var zone = 0; zone < Math.Min(result.Measures.ZoneUsed.Length, 12); zone++)
            chart.Line(
                [.. result.Measures.ZoneUsed[zone].Select(used => used / most)],
                SvgChart.Colours[zone % (SvgChart.Colours.Length - 1)],
                $"z{zone + 1}"
            );
        chart.Line(
            [.. result.Measures.FillSpread.Select(spread => spread / most)],
            "#555555",
            "standard deviation over cells",
            dashed: true
        );
        return (Title, Text, chart.Svg());
    }

    private static (string, string, string) Waits(FleetResult result)
    {
        const string Title = "Wait for placement";
        const string Text =
            "Time from the request until a cell accepted the work, over the whole run. "
            + "Both scales are logarithmic: each grid line is ten times the one below.";
        (double To, string Name)[] bins =
        [
            (8, "to 8 ms"),
            (16, "to 16 ms"),
            (32, "to 32 ms"),
            (128, "to 128 ms"),
            (1_024, "to 1 s"),
            (5_000, "to 5 s"),
            (30_000, "to 30 s"),
            (60_000, "to 1 min"),
            (600_000, "to 10 min"),
            (3_600_000, "to 1 h"),
            (double.MaxValue, "over 1 h"),
        ];
        var chart = new SvgChart(Title, Text);
        var decades = Math.Max(1, (int)Math.Ceiling(Math.Log10(Math.Max(10, result.WaitMs.Count))));
        chart.YAxis(
            "work items",
            Enumerable
                .Range(0, decades + 1)
                .Select(decade => ((double)decade / decades, Math.Pow(10, decade).ToString("N0", CultureInfo.InvariantCulture)))
        );
        chart.XAxis("wait", bins.Select((bin, i) => ((i + 0.5) / bins.Length, bin.Name)));
        var from = 0.0;
        for (var i = 0; i < bins.Length; i++)
        {
            var count = result.Measures.Waits.Between(from, bins[i].To);
            from = bins[i].To;
            if (count == 0)
                continue;
            var name = count.ToString("N0", CultureInfo.InvariantCulture);
            // A count of one would be a bar without height.
            var tall = Math.Max(0.01, Math.Log10(count) / decades);
            chart.Box((i + 0.1) / bins.Length, 0, 0.8 / bins.Length, tall, SvgChart.Colours[0], $"{bins[i].Name}: {name}");
            if (tall < 0.93)
                chart.Label((i + 0.5) / bins.Length, tall, name);
        }

        return (Title, Text, chart.Svg());
    }

    private static (string, string, string) WaitsOverTime(FleetResult result)
    {
        const string Title = "Wait for placement over time";
        const string Text =
            "Percentiles per time slice, on a logarithmic scale; lines are interrupted where nothing was placed. "
            + "Work that does not fit is offered again every 30 s, which causes the steps.";
        const double Decades = 8;
        var chart = new SvgChart(Title, Text);
        chart.YAxis(
            "wait",
            new[] { "1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s", "17 min", "2.8 h", "28 h" }.Select((text, i) => (i / Decades, text))
        );
        Time(chart, result);
        (double Part, string Name, string Colour)[] lines =
        [
            (1, "max", SvgChart.Colours[6]),
            (0.99, "p99", SvgChart.Colours[1]),
            (0.5, "p50", SvgChart.Colours[0]),
        ];
        foreach (var (part, name, colour) in lines)
            chart.Line(
                [
                    .. result.Measures.SliceWaits.Select(waits =>
                        waits.Count == 0 ? double.NaN : Math.Log10(Math.Max(1, waits.PercentileMs(part))) / Decades
                    ),
                ],
                colour,
                name
            );
        return (Title, Text, chart.Svg());
    }

    private static (string, string, string) Failures(FleetResult result)
    {
        const string Title = "Failed placements by reason";
        const string Text =
            "Decisions without placement, stacked by placement error. "
            + "Work that stays unplaced is counted again each time it is offered, every 30 s.";
        var chart = new SvgChart(Title, Text);
        var reasons = result
            .Measures.SliceFailures.OrderByDescending(reason => reason.Value.Sum())
            .ThenBy(reason => reason.Key, StringComparer.Ordinal)
            .ToList();
        var stacked = new int[FleetMeasures.Slices];
        foreach (var (_, slices) in reasons)
            for (var slice = 0; slice < slices.Length; slice++)
                stacked[slice] += slices[slice];
        var most = NiceTop(stacked.Max());
        chart.YAxis(
            $"failed decisions in {SvgChart.Number(result.Hours * 60.0 / FleetMeasures.Slices)} min",
            Ticks(most < 5 ? most : 5, part => (part * most).ToString("N0", CultureInfo.InvariantCulture))
        );
        Time(chart, result);
        Array.Clear(stacked);
        for (var i = 0; i < reasons.Count; i++)
        {
            var colour = SvgChart.Colours[i % SvgChart.Colours.Length];
            for (var slice = 0; slice < FleetMeasures.Slices; slice++)
            {
                var count = reasons[i].Value[slice];
                if (count == 0)
                    continue;
                chart.Box(
                    (double)slice / FleetMeasures.Slices,
                    (double)stacked[slice] / most,
                    1.0 / FleetMeasures.Slices,
                    (double)count / most,
                    colour
                );
                stacked[slice] += count;
            }

            chart.Legend(colour, reasons[i].Key);
        }

        if (reasons.Count == 0)
            chart.Legend("#ffffff", "every placement found a cell");
        return (Title, Text, chart.Svg());
    }

    private static void Time(SvgChart chart, FleetResult result)
    {
        var step = Math.Max(1, (int)Math.Ceiling(result.Hours / 24.0));
        chart.XAxis(
            "virtual time, hours",
            Enumerable.Range(0, result.Hours / step + 1).Select(i => ((double)i * step / result.Hours, $"{i * step}"))
        );
    }

    private static IEnumerable<(double, string)> Ticks(int count, Func<double, string> name) =>
        Enumerable.Range(0, count + 1).Select(i => ((double)i / count, name((double)i / count)));

    /// <summary>The next of 1, 2, 3, 4, then of 5, 10, 20, 50, 100 and so on, which five grid lines divide.</summary>
    private static int NiceTop(int most)
    {
        if (most < 5)
            return Math.Max(1, most);
        for (var tens = 1; ; tens *= 10)
            foreach (var part in new[] { 5, 10, 20 })
                if (part * tens >= most)
                    return part * tens;
    }
}
