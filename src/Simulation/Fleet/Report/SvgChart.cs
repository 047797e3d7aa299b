using System.Globalization;
using System.Net;
using System.Text;

namespace Scheduler.Simulation.Fleet.Report;

/// <summary>A chart as an SVG element: a plot area with axes, a legend and the plotted data.</summary>
internal sealed class SvgChart(string title, string description, int width = 1160, int height = 320)
{
    private const int Left = 90;
    private const int Right = 20;
    private const int Top = 16;
    private const int Bottom = 54;
    private const int LegendRow = 22;

    /// <summary>Distinguishable with colour blindness (after Okabe and Ito), and dark enough on white.</summary>
    public static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#555555"];

    private readonly StringBuilder _body = new();
    private readonly List<(string Colour, string Text)> _legend = [];

    public int PlotWidth => width - Left - Right;

    public int PlotHeight => height - Top - Bottom;

    /// <param name="ticks">Position from 0 to 1, and label.</param>
    public void XAxis(string unit, IEnumerable<(double At, string Text)> ticks)
    {
        foreach (var (at, text) in ticks)
            Add(
                $"<line x1='{X(at)}' x2='{X(at)}' y1='{Top + PlotHeight}' y2='{Top + PlotHeight + 5}' class='axis'/><text x='{X(at)}' y='{Top + PlotHeight + 19}' text-anchor='middle'>{Text(text)}</text>"
            );
        Add($"<text x='{Left + PlotWidth / 2}' y='{Top + PlotHeight + 42}' text-anchor='middle' class='unit'>{Text(unit)}</text>");
    }

    public void YAxis(string unit, IEnumerable<(double At, string Text)> ticks, bool lines = true)
    {
        foreach (var (at, text) in ticks)
        {
            if (lines)
                Add($"<line x1='{Left}' x2='{Left + PlotWidth}' y1='{Y(at)}' y2='{Y(at)}' class='grid'/>");
            Add($"<text x='{Left - 8}' y='{Y(at)}' dy='4' text-anchor='end'>{Text(text)}</text>");
        }

        Add($"<text transform='translate(16 {Top + PlotHeight / 2}) rotate(-90)' text-anchor='middle' class='unit'>{Text(unit)}</text>");
    }

    /// <summary>A line through the values, each from 0 to 1; missing values interrupt it.</summary>
    public void Line(IReadOnlyList<double> values, string colour, string name, bool dashed = false)
    {
        var path = new StringBuilder();
        var down = false;
        for (var i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                down = false;
                continue;
            }

            path.Append(down ? 'L' : 'M').Append(X((i + 0.5) / values.Count)).Append(' ').Append(Y(Math.Clamp(values[i], 0, 1)));
            down = true;
        }

        Add($"<path d='{path}' fill='none' stroke='{colour}' stroke-width='2'{(dashed ? " stroke-dasharray='6 4'" : "")}/>");
        Legend(colour, name);
    }

    /// <summary>A box in the plot, with all measures from 0 to 1.</summary>
    public void Box(double x, double y, double boxWidth, double boxHeight, string colour, string? tip = null) =>
        Add(
            $"<rect x='{X(x)}' y='{Y(y + boxHeight)}' width='{Number(boxWidth * PlotWidth)}' height='{Number(boxHeight * PlotHeight)}' fill='{colour}'>{(tip is null ? "" : $"<title>{Text(tip)}</title>")}</rect>"
        );

    /// <summary>Many boxes of one colour, in pixels of the plot.</summary>
    public void Boxes(string colour, StringBuilder path) =>
        Add($"<path transform='translate({Left} {Top})' fill='{colour}' shape-rendering='crispEdges' d='{path}'/>");

    public void Label(double x, double y, string text) =>
        Add($"<text x='{X(x)}' y='{Y(y)}' dy='-5' text-anchor='middle'>{Text(text)}</text>");

    public void Note(double x, string text) =>
        Add(
            $"<line x1='{X(x)}' x2='{X(x)}' y1='{Top}' y2='{Top + PlotHeight}' stroke='#333' stroke-dasharray='3 4'/><text x='{X(x)}' dx='5' y='{Top + 12}'>{Text(text)}</text>"
        );

    public void Legend(string colour, string name) => _legend.Add((colour, name));

    public string Svg()
    {
        var legend = new StringBuilder();
        double x = Left,
            y = height + 12;
        foreach (var (colour, text) in _legend)
        {
            var wide = 30 + text.Length * 7.2;
            if (x + wide > width && x > Left)
                (x, y) = (Left, y + LegendRow);
            legend.Append(
                $"<rect x='{Number(x)}' y='{Number(y - 10)}' width='14' height='12' fill='{colour}' stroke='#777' stroke-width='0.5'/><text x='{Number(x + 20)}' y='{Number(y)}'>{Text(text)}</text>"
            );
            x += wide + 8;
        }

        var full = _legend.Count == 0 ? height : y + 12;
        return $"<svg xmlns='http://www.w3.org/2000/svg' role='img' aria-label='{Text(title + ": " + description)}' viewBox='0 0 {width} {Number(full)}' width='{width}' height='{Number(full)}'>"
            + $"<title>{Text(title)}</title><desc>{Text(description)}</desc><rect x='{Left}' y='{Top}' width='{PlotWidth}' height='{PlotHeight}' class='plot'/>{_body}"
            + $"<path d='M{Left} {Top}V{Top + PlotHeight}H{Left + PlotWidth}' class='axis' fill='none'/>{legend}</svg>";
    }

    public static string Text(string text) => WebUtility.HtmlEncode(text);

    public static string Number(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);

    private void Add(string element) => _body.Append(element);

    private static string X(double part, int plot) => Number(Left + part * plot);

    private string X(double part) => X(part, PlotWidth);

    private string Y(double part) => Number(Top + (1 - part) * PlotHeight);
}
