using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Simulation.Scenarios;

/// <summary>Reads YAML that people wrote: what is wrong with it is told with file and line.</summary>
public static class YamlText
{
    /// <param name="file">What complaints call it.</param>
    /// <param name="form">What it should have been, such as "YAML".</param>
    /// <exception cref="DomainException">It is not in that form.</exception>
    public static YamlStream Load(string file, string text, string form)
    {
        var scanner = new Scanner(new StringReader(text));
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new Parser(scanner));
            return yaml;
        }
        catch (YamlException failure)
        {
            var why = failure.InnerException?.Message ?? failure.Message;
            var (line, reason) = why.Contains("tab", StringComparison.Ordinal) && TabIndented(text, failure.Start.Line) is { } tab
                ? (tab, "the line is indented with a tab; use spaces")
                : (failure.Start.Line, why);
            throw new DomainException(DomainError.Invalid($"{file}:{line}", $"is not {form}: {reason}"), failure);
        }
        catch (InvalidOperationException failure)
        {
            // What the library's scanner throws when text goes on where a list in brackets should have ended.
            throw new DomainException(DomainError.Invalid($"{file}:{scanner.CurrentPosition.Line}", $"is not {form}: is a bracket, brace or comma missing near here?"), failure);
        }
    }

    // The library reports where the map or the text begins that the tab breaks off.
    private static long? TabIndented(string text, long from)
    {
        var lines = text.Split('\n');
        for (var line = from; line <= lines.Length; line++)
        {
            var content = lines[line - 1];
            if (content.TakeWhile(char.IsWhiteSpace).Contains('\t') && !string.IsNullOrWhiteSpace(content))
                return line;
        }

        return null;
    }
}
