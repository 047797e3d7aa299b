using System.Globalization;
using System.Text;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>The table of planted faults in the documentation: the findings, and the seeds that the test starts with.</summary>
internal static class PlantedTable
{
    private const string Begin = "| Fault | Where | Found by the rule | First seed | Noticed after |";

    /// <summary>The seed recorded for each fault, by its name.</summary>
    public static IReadOnlyDictionary<string, ulong> Seeds() =>
        Rows().ToDictionary(row => row[0], row => ulong.Parse(row[3], CultureInfo.InvariantCulture), StringComparer.Ordinal);

    /// <summary>Name, component and rule of each fault, as in the document.</summary>
    public static IReadOnlyList<string> Faults() => [.. Rows().Select(row => string.Join(" | ", row[..3]))];

    /// <summary>Records one finding in the row of its fault, in the document itself, not in the copy beside the tests.</summary>
    public static void Record(PlantedFault fault, Finding finding)
    {
        var rows = Rows(Document).ToDictionary(row => row[0], row => $"| {string.Join(" | ", row)} |", StringComparer.Ordinal);
        rows[fault.Name] = string.Create(
            CultureInfo.InvariantCulture,
            $"| {fault.Name} | {fault.Where} | {fault.Rule} | {finding.Seed} | {finding.At.TotalMinutes:0.0} min |"
        );
        var text = new StringBuilder(File.ReadAllText(Document).Split(Begin)[0]).Append(Begin).Append("\n|---|---|---|---|---|\n");
        foreach (var known in PlantedFault.All.Where(known => rows.ContainsKey(known.Name)))
            text.Append(rows[known.Name]).Append('\n');
        File.WriteAllText(Document, text.ToString());
    }

    private static string Document => Path.Combine(Repository.Root, "docs/planted-faults.md");

    private static IEnumerable<string[]> Rows(string? of = null) =>
        File.ReadAllText(of ?? Path.Combine(AppContext.BaseDirectory, "planted-faults.md"))
            .Split(Begin)[^1]
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split(" | "));
}
