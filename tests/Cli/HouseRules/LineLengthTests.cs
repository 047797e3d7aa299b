using System.Text.RegularExpressions;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Cli.HouseRules;

/// <summary>The formatter breaks code at 140 columns, but not comments. It breaks no text either; a long one has a line of its own.</summary>
public partial class LineLengthTests
{
    private const int Most = 160;

    [Fact]
    public void No_line_is_longer_than_a_reader_can_see() =>
        Assert.Empty(
            from root in (string[])["src", "bench", "tests"]
            from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, root), "*.cs", SearchOption.AllDirectories)
            where !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)
            from line in File.ReadLines(file).Select((text, index) => (text, number: index + 1))
            where line.text.Length > Most && !Text().IsMatch(line.text)
            select $"{Path.GetRelativePath(Repository.Root, file)}:{line.number} has {line.text.Length} columns"
        );

    /// <summary>A line that begins with a text, or is a line of a raw one.</summary>
    [GeneratedRegex("""^\s*(\+ |[?:] |return )?[$@]*"|^\s*\{"|^\s*[a-z_]+: ?\{""")]
    private static partial Regex Text();
}
