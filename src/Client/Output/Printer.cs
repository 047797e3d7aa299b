using System.Text.Json.Nodes;
using Google.Protobuf;
using Scheduler.Client.Json;
using Spectre.Console;

namespace Scheduler.Client.Output;

/// <summary>Writes results to stdout, as tables for people or as objects for programs, and progress to stderr.</summary>
internal sealed class Printer(TextWriter output, TextWriter error, OutputFormat format, TimeProvider time)
{
    // Wide enough that nothing wraps when the output goes to a file or another program.
    private const int PipeWidth = 1000;

    public Printer(TextWriter output, TextWriter error, bool json, TimeProvider time)
        : this(output, error, json ? OutputFormat.Json : OutputFormat.Table, time) { }

    /// <summary>Whether objects are printed for programs, as JSON or YAML.</summary>
    public bool IsJson => format is OutputFormat.Json or OutputFormat.Yaml;

    public OutputFormat Format => format;

    public TextWriter Out => output;

    /// <summary>Whether the output is a terminal, so that it may be redrawn.</summary>
    public bool IsTerminal => output is Pager || (ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected);

    private bool IsColored => IsTerminal && !Colors.AreUnwanted;

    /// <summary>Whether stderr is a terminal, so that lines may be redrawn.</summary>
    private bool IsWatched => ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;

    /// <summary>Colours a line that was laid out before if the user wants colours here.</summary>
    public string Paint(string line) =>
        !IsColored ? line
        // Headings are in capitals.
        : line.Any(letter => char.IsLower(letter) || char.IsDigit(letter)) ? Colors.Line(line)
        : Colors.Heading(line);

    /// <summary>Prints in the same format to somewhere else.</summary>
    public Printer On(TextWriter other) => new(other, error, format, time);

    /// <summary>Prints a message with the names of cfdot's JSON.</summary>
    public void Json(IMessage message) => Json(DiegoJsonWriter.ToNode(message));

    public void Json(JsonNode node)
    {
        if (format == OutputFormat.Yaml)
            output.Write("---\n" + JsonAsYaml.Write(node));
        else
            output.WriteLine(node.ToJsonString(DiegoJsonWriter.Relaxed));
    }

    public void Line(string text) => output.WriteLine(text);

    /// <summary>Reports what was done; omitted from JSON output.</summary>
    public void Note(string text)
    {
        if (!IsJson)
            output.WriteLine(text);
    }

    /// <summary>Prints additional information that is not part of the result to stderr.</summary>
    public void Aside(string text) => error.WriteLine(text);

    /// <param name="columns">Headings.</param>
    /// <param name="rows">Cells; a row may have fewer than there are columns.</param>
    /// <param name="figures">Whether all columns but the first hold numbers, which are aligned to the right.</param>
    /// <param name="narrow">How many of the columns are printed unless the table is to be wide; null for all.</param>
    public void Table(IReadOnlyList<string> columns, IReadOnlyList<string[]> rows, bool figures = false, int? narrow = null)
    {
        if (narrow is { } some && format != OutputFormat.Wide)
            (columns, rows) = ([.. columns.Take(some)], [.. rows.Select(row => row[..Math.Min(some, row.Length)])]);
        var table = new Table().NoBorder();
        table.ShowHeaders = true;
        for (var i = 0; i < columns.Count; i++)
        {
            var column = new TableColumn(Markup.Escape(columns[i])).NoWrap().Padding(0, 0, i == columns.Count - 1 ? 0 : 2, 0);
            table.AddColumn(figures && i > 0 ? column.RightAligned() : column);
        }

        foreach (var row in rows)
            table.AddRow([.. row.Select(cell => new Text(cell))]);
        Write(table, hasHeading: true);
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

    private void Write(Spectre.Console.Rendering.IRenderable what, bool hasHeading = false)
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
        var isHeading = hasHeading;
        foreach (var line in drawn.ToString().TrimEnd().Split('\n').Select(line => line.TrimEnd()))
        {
            output.WriteLine(
                !IsColored ? line
                : isHeading ? Colors.Heading(line)
                : Colors.Line(line)
            );
            isHeading = false;
        }
    }
}
