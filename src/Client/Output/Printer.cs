using System.Text.Json.Nodes;
using Google.Protobuf;
using Scheduler.Client.Json;
using Spectre.Console;

namespace Scheduler.Client.Output;

/// <summary>Writes results to stdout, as tables for people or JSON lines for programs, and progress to stderr.</summary>
internal sealed class Printer(TextWriter output, TextWriter error, bool json, TimeProvider time)
{
    // Wide enough that nothing wraps when the output goes to a file or another program.
    private const int PipeWidth = 1000;

    public bool IsJson => json;

    public TextWriter Out => output;

    /// <summary>Whether the output is a terminal, so that it may be redrawn.</summary>
    public bool IsTerminal => ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;

    /// <summary>Whether stderr is a terminal, so that lines may be redrawn.</summary>
    private bool IsWatched => ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;

    /// <summary>Prints a message as cfdot's JSON.</summary>
    public void Json(IMessage message) => output.WriteLine(DiegoJsonWriter.Write(message));

    public void Json(JsonNode node) => output.WriteLine(node.ToJsonString(DiegoJsonWriter.Relaxed));

    public void Line(string text) => output.WriteLine(text);

    /// <summary>Reports what was done; omitted from JSON output.</summary>
    public void Note(string text)
    {
        if (!json)
            output.WriteLine(text);
    }

    /// <summary>Prints additional information that is not part of the result to stderr.</summary>
    public void Aside(string text) => error.WriteLine(text);

    /// <param name="columns">Headings.</param>
    /// <param name="rows">Cells; a row may have fewer than there are columns.</param>
    /// <param name="figures">Whether all columns but the first hold numbers, which are aligned to the right.</param>
    public void Table(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows, bool figures = false)
    {
        var table = new Table().NoBorder();
        table.ShowHeaders = true;
        for (var i = 0; i < columns.Count; i++)
        {
            var column = new TableColumn(Markup.Escape(columns[i])).NoWrap().Padding(0, 0, i == columns.Count - 1 ? 0 : 2, 0);
            table.AddColumn(figures && i > 0 ? column.RightAligned() : column);
        }

        foreach (var row in rows)
            table.AddRow([.. row.Select(cell => new Text(cell))]);
        Write(table);
    }

    /// <summary>Prints names and values, one pair per line.</summary>
    public void Fields(params IEnumerable<(string Name, string Value)> fields)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().Padding(0, 0, 2, 0)).AddColumn(new GridColumn());
        foreach (var (name, value) in fields.Where(field => field.Value.Length > 0))
            grid.AddRow(new Text(name + ":"), new Text(value));
        Write(grid);
    }

    public string Age(long unixNanoseconds) => Texts.Age(unixNanoseconds, time.GetUtcNow());

    /// <summary>Runs a long operation and shows its progress.</summary>
    /// <param name="work">Calls its argument with the text to show; repeated texts are shown once.</param>
    public async Task<T> WatchAsync<T>(Func<Action<string>, Task<T>> work)
    {
        if (IsWatched)
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
            return await console
                .Status()
                .Spinner(Spinner.Known.Dots)
                .StartAsync("…", context => work(text => context.Status(Markup.Escape(text))));
        }

        var last = "";
        return await work(text =>
        {
            if (text != last)
                error.WriteLine(text);
            last = text;
        });
    }

    private void Write(Spectre.Console.Rendering.IRenderable what)
    {
        // Render to a string first, because the library pads lines to the full width of their columns.
        using var drawn = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(drawn),
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
            }
        );
        console.Profile.Width = IsTerminal && Console.WindowWidth > 0 ? Console.WindowWidth : PipeWidth;
        console.Write(what);
        foreach (var line in drawn.ToString().TrimEnd().Split('\n'))
            output.WriteLine(line.TrimEnd());
    }
}
