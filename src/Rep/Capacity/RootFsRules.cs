using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

/// <summary>The root filesystems that a cell can provide.</summary>
internal static class RootFsRules
{
    public const string Preloaded = "preloaded";
    private const string PreloadedWithLayer = "preloaded+layer";

    /// <summary>A preloaded root filesystem must be on the cell's list; any other scheme must be one that the cell accepts.</summary>
    public static bool Provides(CellProfile cell, string rootFs)
    {
        var url = RootFsUrl.Parse(rootFs);
        return url.Scheme switch
        {
            "" => false,
            Preloaded => cell.PreloadedRootFs.Contains(url.Opaque),
            PreloadedWithLayer => cell.RootFsSchemes.Contains(url.Scheme) && cell.PreloadedRootFs.Contains(url.Opaque),
            _ => cell.RootFsSchemes.Contains(url.Scheme),
        };
    }
}
