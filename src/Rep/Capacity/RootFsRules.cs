namespace Scheduler.Rep.Capacity;

/// <summary>The root filesystems that a cell can provide.</summary>
internal static class RootFsRules
{
    public const string Preloaded = "preloaded";
    private const string PreloadedWithLayer = "preloaded+layer";

    /// <summary>A preloaded stack must be on the cell's list; any other scheme must be one that the cell accepts.</summary>
    public static bool Provides(CellProfile cell, string rootFs)
    {
        var colon = rootFs.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
            return false;
        var scheme = rootFs.AsSpan(0, colon);
        var opaque = rootFs.AsSpan(colon + 1);
        if (scheme.SequenceEqual(Preloaded))
            return Contains(cell.PreloadedRootFs, opaque);

        if (scheme.SequenceEqual(PreloadedWithLayer))
        {
            var query = opaque.IndexOf('?');
            return Contains(cell.RootFsSchemes, scheme) && Contains(cell.PreloadedRootFs, query < 0 ? opaque : opaque[..query]);
        }

        return Contains(cell.RootFsSchemes, scheme);
    }

    private static bool Contains(IReadOnlyList<string> names, ReadOnlySpan<char> name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (name.SequenceEqual(names[i]))
                return true;
        }

        return false;
    }
}
