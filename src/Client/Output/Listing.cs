using Google.Protobuf;

namespace Scheduler.Client.Output;

/// <summary>What a command that shows objects has read.</summary>
/// <param name="Rows">For people. Only these are compared when the command goes on.</param>
/// <param name="Objects">For programs, by a name that tells one from the other.</param>
/// <param name="Draw">Prints the whole for people.</param>
internal sealed record Listing(IReadOnlyList<ListedRow> Rows, IReadOnlyList<(string Key, IMessage Object)> Objects, Action<Printer> Draw);

/// <summary>One row of a table.</summary>
/// <param name="Cells">As printed; the first names the object.</param>
/// <param name="State">What tells whether it has changed; cells may also show times, which always do.</param>
internal sealed record ListedRow(string[] Cells, string State)
{
    /// <summary>A row without times.</summary>
    public ListedRow(string[] cells)
        : this(cells, string.Join('\0', cells)) { }

    public string Key => Cells[0];
}
