using System.Globalization;
using System.Text;

namespace Scheduler.Simulation.Fleet.Report;

/// <summary>A self-contained page with the figures and charts of a run; also well-formed XML.</summary>
internal static class FleetReport
{
    public static string Html(FleetResult result)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\"><head><meta charset=\"utf-8\"/><title>")
            .Append($"Fleet of {result.Cells} cells, seed {result.Seed}")
            .Append("</title><style>")
            .Append(Style)
            .Append("</style></head><body>");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{result.Cells:N0} cells in {result.Zones} zones over {result.Hours} h</h1>");
        page.Append(CultureInfo.InvariantCulture, $"<p>Seed {result.Seed}; {result.Events:N0} events in virtual time. Produced by ");
        page.Append(
            CultureInfo.InvariantCulture,
            $"<code>./scheduler simulate fleet --cells {result.Cells} --zones {result.Zones} --hours {result.Hours} --seed {result.Seed}</code>.</p>"
        );
        Figures(page, result);
        foreach (var (title, text, svg) in FleetPictures.Of(result))
            page.Append("<section><h2>")
                .Append(SvgChart.Text(title))
                .Append("</h2><p>")
                .Append(SvgChart.Text(text))
                .Append("</p>")
                .Append(svg)
                .Append("</section>\n");
        return page.Append("</body></html>\n").ToString();
    }

    private static void Figures(StringBuilder page, FleetResult result)
    {
        page.Append("<table><caption>Summary of the run</caption><tbody>");
        Row("Work to place", result.Work.Arrived.ToString("N0", CultureInfo.InvariantCulture));
        Row("Placed", result.Placements.ToString("N0", CultureInfo.InvariantCulture));
        Row("Decisions without placement", result.Failures.Values.Sum().ToString("N0", CultureInfo.InvariantCulture));
        Row("Refused by cells and auctioned again", result.Refusals.Values.Sum().ToString("N0", CultureInfo.InvariantCulture));
        Row(
            "Wait for placement, p50 / p99 / p99.9",
            $"{WaitPercentiles.Text(result.WaitMs.P50)} / {WaitPercentiles.Text(result.WaitMs.P99)} / {WaitPercentiles.Text(result.WaitMs.P999)}"
        );
        Row(
            "Wait until running, p50 / p99 / p99.9",
            $"{WaitPercentiles.Text(result.StartMs.P50)} / {WaitPercentiles.Text(result.StartMs.P99)} / {WaitPercentiles.Text(result.StartMs.P999)}"
        );
        Row(
            "At the end: running / starting / waiting",
            string.Create(CultureInfo.InvariantCulture, $"{result.Work.Running:N0} / {result.Work.Starting:N0} / {result.Work.Waiting:N0}")
        );
        Row("Failed tasks", string.Join(", ", result.TasksFailed.Select(failed => $"{failed.Value} {failed.Key}").DefaultIfEmpty("0")));
        Row(
            "Invariant violations (overcommitted cells, inconsistent accounting, unaccounted work)",
            result.InvariantViolations.Sum.ToString(CultureInfo.InvariantCulture)
        );
        Row(
            "Activity",
            string.Join(
                ", ",
                result.Happenings.Select(happened => string.Create(CultureInfo.InvariantCulture, $"{happened.Value:N0} {happened.Key}"))
            )
        );
        page.Append("</tbody></table>\n");

        void Row(string name, string value) =>
            page.Append("<tr><th scope=\"row\">")
                .Append(SvgChart.Text(name))
                .Append("</th><td>")
                .Append(SvgChart.Text(value))
                .Append("</td></tr>");
    }

    private const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;color:#1c2733;background:#fff;max-width:1200px;margin:24px auto;padding:0 16px}
        h1{font-size:26px;margin:0}h2{font-size:19px;margin:32px 0 0}p{margin:4px 0 10px;max-width:100ch}
        code{white-space:nowrap}table{border-collapse:collapse;margin:12px 0}caption{text-align:left;font-weight:600;padding:4px 0}
        th,td{text-align:left;font-weight:400;padding:4px 14px 4px 0;border-bottom:1px solid #dde3ea;vertical-align:top}
        svg{max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#1c2733}svg .unit{font-weight:600}
        .plot{fill:#fafbfc}.grid{stroke:#e3e8ee}.axis{stroke:#6b7785}
        """;
}
