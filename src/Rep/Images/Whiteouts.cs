using System.ComponentModel;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Images;

/// <summary>
/// Hides entries of lower layers, at any depth, but not what the layer itself has written, whatever the order in its archive.
/// </summary>
internal sealed class Whiteouts(WrittenNames written)
{
    /// <summary>Each level keeps a directory open. Images have a few tens.</summary>
    private const int Deepest = 500;
    private const int NameTooLong = 36;

    private static ReadOnlySpan<byte> Prefix => ".wh."u8;

    public static bool IsWhiteout(ReadOnlySpan<byte> name) => name.StartsWith(Prefix);

    public static bool IsOpaqueMarker(ReadOnlySpan<byte> name) => name.SequenceEqual(".wh..wh..opq"u8);

    /// <summary>The name that a whiteout hides; null if the entry is not a whiteout.</summary>
    public static byte[]? Hidden(ReadOnlySpan<byte> whiteout) =>
        whiteout[Prefix.Length..] is var name && (name.IsEmpty || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            ? null
            : name.ToArray();

    public void HideContent(OpenDirectory directory) => HideContent(directory, 0);

    public void Hide(OpenDirectory directory, ReadOnlySpan<byte> name) => Hide(directory, directory.Stat(""u8)!.Value.Inode, name, 0);

    private void HideContent(OpenDirectory directory, int depth)
    {
        if (depth > Deepest)
            throw new Win32Exception(NameTooLong, $"directories are nested more than {Deepest} deep");
        var inode = directory.Stat(""u8)!.Value.Inode;
        foreach (var name in directory.Names())
            Hide(directory, inode, name, depth);
    }

    private void Hide(OpenDirectory directory, ulong inode, ReadOnlySpan<byte> name, int depth)
    {
        if (directory.Stat(name) is not { } facts)
            return;
        var own = written.Contains(inode, name);
        if (!facts.IsDirectory)
        {
            if (!own)
                directory.Remove(name, isDirectory: false);
            return;
        }

        // A directory that the layer only implies by its content stays because of that content.
        bool isEmpty;
        using (var below = directory.OpenChild(name))
        {
            HideContent(below, depth + 1);
            isEmpty = !own && below.Names().Count == 0;
        }

        if (isEmpty)
            directory.Remove(name, isDirectory: true);
    }
}
