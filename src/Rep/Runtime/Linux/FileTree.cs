using System.Text;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>Operations on directories with arbitrary file names: images and containers use names that .NET cannot represent.</summary>
internal static class FileTree
{
    /// <summary>Removes a directory with all of its content; succeeds if it does not exist.</summary>
    public static void Remove(string directory)
    {
        var path = Path.GetFullPath(directory.TrimEnd('/'));
        if (Native.Stat(path) is null)
            return;
        using var parent = OpenDirectory.Open(Path.GetDirectoryName(path)!);
        parent.RemoveTree(Encoding.UTF8.GetBytes(Path.GetFileName(path)));
    }
}
