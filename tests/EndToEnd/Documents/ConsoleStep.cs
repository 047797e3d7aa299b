namespace Scheduler.Tests.EndToEnd.Documents;

/// <summary>A command of a document's <c>console</c> block, and what the document says that it prints.</summary>
/// <param name="Line">Where the command is in the document, from 1.</param>
internal sealed record ConsoleStep(int Line, string Command, IReadOnlyList<string> Output)
{
    // Lines that go on with a command, such as the text that it reads.
    private const string Continues = "> ";

    /// <summary>The commands of all <c>console</c> blocks, in their order.</summary>
    /// <param name="heading">The only section whose blocks count; null for all of the document.</param>
    public static IReadOnlyList<ConsoleStep> Of(string document, string? heading = null)
    {
        var steps = new List<ConsoleStep>();
        var section = "";
        var inside = false;
        var command = "";
        var at = 0;
        var output = new List<string>();
        foreach (var (index, line) in document.Split('\n').Index())
        {
            if (!inside)
            {
                section = line.StartsWith("## ", StringComparison.Ordinal) ? line[3..] : section;
                inside = line == "```console" && (heading is null || section == heading);
            }
            else if (line.StartsWith("$ ", StringComparison.Ordinal) || line == "```")
            {
                if (command.Length > 0)
                    steps.Add(new ConsoleStep(at, command, [.. output]));
                output.Clear();
                inside = line != "```";
                (command, at) = inside ? (line[2..], index + 1) : ("", 0);
            }
            else if (output.Count == 0 && line.StartsWith(Continues, StringComparison.Ordinal))
                command += "\n" + line[Continues.Length..];
            else
                output.Add(line);
        }
        return steps;
    }
}
