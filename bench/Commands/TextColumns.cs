using System.Globalization;
using System.Runtime.CompilerServices;

namespace Scheduler.Bench.Commands;

/// <summary>Rows of a table of figures for people.</summary>
internal static class TextColumns
{
    /// <param name="widths">The width of each column; negative for a column that is aligned to the left.</param>
    /// <param name="cells">Values, or pairs of a number, which may be null, and its format. There may be fewer than columns.</param>
    public static string Row(ReadOnlySpan<int> widths, params ReadOnlySpan<object> cells)
    {
        var row = "";
        for (var column = 0; column < cells.Length; column++)
        {
            var text = Text(cells[column]);
            row += widths[column] < 0 ? text.PadRight(-widths[column]) : text.PadLeft(widths[column]);
        }

        return row;
    }

    private static string Text(object cell) =>
        cell is ITuple { Length: 2 } pair
            ? (pair[0] as IFormattable)?.ToString((string)pair[1]!, CultureInfo.InvariantCulture) ?? ""
            : Convert.ToString(cell, CultureInfo.InvariantCulture)!;
}
