using System.Text.Json.Nodes;
using Scheduler.Client.Json;

namespace Scheduler.Client.Output;

/// <summary>
/// Prints what a command shows once, and then only what has changed: rows as lines in columns, or objects. What has gone is named.
/// </summary>
internal sealed class ChangeLines(Printer printer, IReadOnlyList<string> columns)
{
    private readonly int[] _widths = [.. columns.Select(column => column.Length)];
    private Dictionary<string, string> _printed = new(StringComparer.Ordinal);
    private bool _hasHeading;

    public void Print(Listing listing)
    {
        if (printer.IsJson)
            PrintObjects(listing);
        else
            PrintRows(listing);
        printer.Out.Flush();
    }

    private void PrintObjects(Listing listing)
    {
        var now = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, one) in listing.Objects)
        {
            var node = DiegoJsonWriter.ToNode(one);
            now[key] = node.ToJsonString();
            if (_printed.GetValueOrDefault(key) != now[key])
                printer.Json(node);
        }
        foreach (var gone in Gone(now))
            printer.Json(new JsonObject { ["removed"] = gone });
        _printed = now;
    }

    private void PrintRows(Listing listing)
    {
        var now = listing
            .Rows.GroupBy(row => row.Key)
            .ToDictionary(rows => rows.Key, rows => string.Join('\n', rows.Select(row => row.State)));
        var changed = listing.Rows.Where(row => _printed.GetValueOrDefault(row.Key) != now[row.Key]).Select(row => row.Cells).ToList();
        // Wide enough for what comes at first; later lines make room for themselves.
        foreach (var cells in changed)
        {
            for (var i = 0; i < Math.Min(cells.Length, _widths.Length); i++)
                _widths[i] = Math.Max(_widths[i], cells[i].Length);
        }
        if (!_hasHeading)
            Line([.. columns]);
        _hasHeading = true;
        foreach (var cells in changed)
            Line(cells);
        foreach (var gone in Gone(now))
            Line([gone, "gone"]);
        _printed = now;
    }

    private IEnumerable<string> Gone(Dictionary<string, string> now) =>
        _printed.Keys.Where(key => !now.ContainsKey(key)).Order(StringComparer.Ordinal);

    private void Line(string[] cells) =>
        printer.Line(string.Join("  ", cells.Take(_widths.Length).Select((cell, i) => cell.PadRight(_widths[i]))).TrimEnd());
}
