using System.Text.Json.Nodes;
using Scheduler.Client.Output;
using Scheduler.Contracts.V1;
using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.Cli.Client.Output;

public class PrinterTests
{
    [Fact]
    public void A_wide_table_has_more_columns()
    {
        Assert.Equal("A  B\n1  2\n", Printed(OutputFormat.Table, Table));
        Assert.Equal("A  B  C\n1  2  3\n", Printed(OutputFormat.Wide, Table));

        static void Table(Printer printer) =>
            printer.Table(
                ["A", "B", "C"],
                [
                    ["1", "2", "3"],
                ],
                narrow: 2
            );
    }

    [Fact]
    public void Objects_are_lines_of_JSON_or_documents_of_YAML()
    {
        Assert.Equal("{\"a\":1}\n{\"b\":[]}\n", Printed(OutputFormat.Json, Objects));
        Assert.Equal("---\na: 1\n---\nb: []\n", Printed(OutputFormat.Yaml, Objects));

        static void Objects(Printer printer)
        {
            printer.Json(new JsonObject { ["a"] = 1 });
            printer.Note("not for programs");
            printer.Json(new JsonObject { ["b"] = new JsonArray() });
        }
    }

    [Fact]
    public void States_have_colours_where_they_are_words_of_their_own() =>
        Assert.Equal(
            "0  \e[32mRUNNING\e[0m  \e[31mCRASHED\e[0m  \e[33mUNCLAIMED\e[0m RUNNING-1 xRUNNING",
            Colors.Line("0  RUNNING  CRASHED  UNCLAIMED RUNNING-1 xRUNNING")
        );

    [Fact]
    public async Task The_short_form_of_JSON_does_not_go_with_another_format()
    {
        var run = await CommandRun.Of("lrp", "list", "--json", "--output", "yaml");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("error: --output: must not be yaml beside --json, which is short for --output json", run.Error);
        Assert.Equal(2, (await CommandRun.Of("lrp", "list", "-o", "xml")).ExitCode);
    }

    [Fact]
    public void Changes_of_rows_are_appended_in_columns()
    {
        using var output = new StringWriter();
        var lines = new ChangeLines(new Printer(output, output, OutputFormat.Table, TimeProvider.System), ["NAME", "STATE", "AGE"]);
        lines.Print(Rows(["web", "PENDING", "1s"], ["node", "RUNNING", "9s"]));
        lines.Print(Rows(["web", "PENDING", "2s"], ["node", "RUNNING", "10s"]));
        lines.Print(Rows(["web", "RUNNING", "3s"]));
        lines.Print(Rows(["web", "RUNNING", "4s"], ["worker-1", "PENDING", "0s"]));
        Assert.Equal(
            """
            NAME  STATE    AGE
            web   PENDING  1s
            node  RUNNING  9s
            web   RUNNING  3s
            node  gone
            worker-1  PENDING  0s

            """,
            output.ToString()
        );

        static Listing Rows(params string[][] rows) => new([.. rows.Select(row => new ListedRow(row, row[1]))], [], _ => { });
    }

    [Fact]
    public void Changes_of_objects_are_appended()
    {
        using var output = new StringWriter();
        var lines = new ChangeLines(new Printer(output, output, OutputFormat.Json, TimeProvider.System), []);
        lines.Print(Objects("cell-1", "cell-2"));
        lines.Print(Objects("cell-1", "cell-2"));
        lines.Print(Objects("cell-2"));
        Assert.Equal(
            ["cell-1", "cell-2", "(removed cell-1)"],
            output
                .ToString()
                .TrimEnd()
                .Split('\n')
                .Select(line => JsonNode.Parse(line)!)
                .Select(node => (string?)node["cell_id"] ?? $"(removed {node["removed"]})")
        );

        static Listing Objects(params string[] cells) =>
            new([], [.. cells.Select(cell => (cell, (Google.Protobuf.IMessage)new CellPresence { CellId = cell }))], _ => { });
    }

    private static string Printed(OutputFormat format, Action<Printer> print)
    {
        using var output = new StringWriter();
        print(new Printer(output, output, format, TimeProvider.System));
        return output.ToString();
    }
}
