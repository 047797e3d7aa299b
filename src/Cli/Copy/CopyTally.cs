using System.Globalization;
using System.Text.Json.Nodes;

namespace Scheduler.Cli.Copy;

/// <summary>What a copy has copied, and what it has left out.</summary>
/// <param name="warn">Told of everything that is left out.</param>
internal sealed class CopyTally(Action<string> warn)
{
    /// <summary>Names of a hostile archive should not fill a screen.</summary>
    private const int MostWarnings = 20;

    private int _skipped;

    public int Files { get; set; }

    public int Directories { get; set; }

    public int Links { get; set; }

    public long Bytes { get; set; }

    public void Skip(string name, string why)
    {
        if (_skipped++ < MostWarnings)
            warn($"left out {name}: {why}");
        else if (_skipped == MostWarnings + 1)
            warn("left out more, for reasons like these");
    }

    public JsonObject ToJson(string from, string to) =>
        new()
        {
            ["from"] = from,
            ["to"] = to,
            ["files"] = Files,
            ["directories"] = Directories,
            ["links"] = Links,
            ["bytes"] = Bytes,
            ["skipped"] = _skipped,
        };

    public override string ToString()
    {
        var text = $"{Bytes.ToString(CultureInfo.InvariantCulture)} bytes in {Counted(Files, "file", "files")}";
        return Directories > 0 ? $"{text} and {Counted(Directories, "directory", "directories")}" : text;
    }

    private static string Counted(int number, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {(number == 1 ? one : many)}");
}
