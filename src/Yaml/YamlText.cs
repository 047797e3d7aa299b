using Scheduler.Models;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Yaml;

/// <summary>Reads hand-written YAML and reports errors with file and line.</summary>
public static class YamlText
{
    /// <param name="file">The file name for error messages.</param>
    /// <param name="form">The expected format, such as "YAML".</param>
    /// <exception cref="DomainException">The text does not have that format.</exception>
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
            var (line, reason) =
                why.Contains("tab", StringComparison.Ordinal) && TabIndented(text, failure.Start.Line) is { } tab
                    ? (tab, "the line is indented with a tab; use spaces")
                    : (failure.Start.Line, why);
            throw new DomainException(DomainError.Invalid($"{file}:{line}", $"is not {form}: {reason}"), failure);
        }
        catch (InvalidOperationException failure)
        {
            // Thrown by the library's scanner if text continues where a flow sequence should have ended.
            throw new DomainException(
                DomainError.Invalid(
                    $"{file}:{scanner.CurrentPosition.Line}",
                    $"is not {form}: is a bracket, brace or comma missing near here?"
                ),
                failure
            );
        }
    }

    // The library reports the start of the map or text that the tab interrupts.
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
