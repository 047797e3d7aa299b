using System.Text;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>Directories whose content is not ours to name: images and containers make files of names that .NET cannot spell.</summary>
internal static class FileTree
{
    /// <summary>Removes a directory and all below it; fine when it is not there.</summary>
    public static void Remove(string directory)
    {
        var path = Path.GetFullPath(directory.TrimEnd('/'));
        if (Native.Stat(path) is null) return;
        using var parent = OpenDirectory.Open(Path.GetDirectoryName(path)!);
        parent.RemoveTree(Encoding.UTF8.GetBytes(Path.GetFileName(path)));
    }
}
