namespace Scheduler.Client.Output;

/// <summary>Draws a few lines on a terminal again and again in the same place.</summary>
/// <param name="paint">Colours a line; null for no colours.</param>
internal sealed class Redraw(TextWriter output, Func<string, string>? paint = null)
{
    private int _drawn;

    /// <param name="lines">Cut to the size of the terminal, so that the cursor finds back.</param>
    public void Draw(IReadOnlyList<string> lines)
    {
        var (width, height) = (Math.Max(1, Console.WindowWidth), Math.Max(2, Console.WindowHeight));
        var shown = lines.Count < height ? lines : [.. lines.Take(height - 2), $"… and {lines.Count - height + 2} more lines"];
        // Up to the first line and clear from there.
        var text = _drawn > 0 ? $"\e[{_drawn}A\r\e[J" : "";
        text += string.Concat(shown.Select(line => Painted(line.Length > width ? line[..width] : line) + "\n"));
        output.Write(text);
        output.Flush();
        _drawn = shown.Count;
    }

    private string Painted(string line) => paint?.Invoke(line) ?? line;
}
