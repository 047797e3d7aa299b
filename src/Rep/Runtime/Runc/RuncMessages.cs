using System.Text.Json;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>Extracts runc's error messages from its output: lines of JSON, or arbitrary text if it fails early.</summary>
internal static class RuncMessages
{
    public static string Read(string path) => File.Exists(path) ? Extract(File.ReadAllText(path)) : "no error message";

    /// <summary>The errors as one sentence: the last one is the result, those before it the cause.</summary>
    public static string Extract(string output)
    {
        var errors = new List<string>();
        foreach (var line in output.Split('\n'))
        {
            if (!line.StartsWith('{'))
                continue;
            try
            {
                using var document = JsonDocument.Parse(line);
                if (
                    document.RootElement.TryGetProperty("level", out var level)
                    && level.GetString() is "error" or "fatal"
                    && document.RootElement.TryGetProperty("msg", out var message)
                )
                    errors.Insert(0, message.GetString()!.Trim());
            }
            catch (JsonException)
            {
                // not one of runc's log lines
            }
        }

        if (errors.Count > 0)
            return Commands.Shorten(string.Join("; ", errors.Distinct()));
        return output.Trim().Length > 0 ? Commands.Shorten(output) : "no error message";
    }
}
