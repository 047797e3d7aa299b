using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Client.Output;

/// <summary>Shows how far pulls are, one text for all cells.</summary>
internal sealed class PullTexts(Action<string> show)
{
    /// <summary>More do not fit into a line; the others are counted.</summary>
    private const int Most = 3;

    private readonly SortedDictionary<string, string> _byCell = new(StringComparer.Ordinal);

    public void Show(string cell, ImagePull pull)
    {
        lock (_byCell)
        {
            _byCell[cell] = Describe(cell, pull);
            show(Join(_byCell.Values));
        }
    }

    public void Remove(string cell)
    {
        lock (_byCell)
        {
            if (_byCell.Remove(cell) && _byCell.Count > 0)
                show(Join(_byCell.Values));
        }
    }

    public static string Join(IReadOnlyCollection<string> texts) =>
        string.Join("; ", texts.Take(Most)) + (texts.Count > Most ? $"; and {texts.Count - Most} more" : "");

    /// <summary>Such as <c>cell-1: pulling nginx:1.25: layer 2/5, 34 of 120 MB</c>.</summary>
    public static string Describe(string cell, ImagePull pull) =>
        $"{cell}: {PullText.Describe(pull.Image, (pull.LayersDone, pull.Layers), (pull.BytesDone, pull.Bytes), pull.Trouble)}";
}
