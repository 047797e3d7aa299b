using System.ComponentModel;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Volumes;

/// <summary>Which directories of the machine may be volumes. Checked when the cell starts; the path again at each mount.</summary>
internal static class HostVolumeRules
{
    /// <summary>The cell tells their names to the auctioneer with its state.</summary>
    private const int Most = 256;

    private static readonly string[] Kernel = ["/proc", "/sys", "/dev"];

    /// <param name="own">Directories of the cell itself: whoever could write there could become root on the machine.</param>
    /// <exception cref="DomainException">A volume breaks a rule; the message names it.</exception>
    public static void Check(IReadOnlyList<HostVolume> volumes, params IReadOnlyList<string> own)
    {
        if (volumes.Count > Most)
            throw HostVolume.Invalid($"must define at most {Most} volumes");
        if (volumes.GroupBy(volume => volume.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw HostVolume.Invalid($"defines {twice.Key} twice");
        string[] kept = [.. own.Where(directory => directory.Length > 0).Select(Real)];
        foreach (var volume in volumes)
        {
            if (volume.Path == "/")
                throw HostVolume.Invalid($"{volume.Name} must not be /: it contains the whole machine");
            if (Kernel.FirstOrDefault(kernel => IsAtOrBelow(volume.Path, kernel)) is { } special)
                throw HostVolume.Invalid($"{volume.Name} must not be in {special}, which belongs to the kernel");
            if (Broken(volume.Path) is { } rule)
                throw HostVolume.Invalid($"{volume.Name}: {rule}");
            if (kept.FirstOrDefault(cell => IsAtOrBelow(volume.Path, cell) || IsAtOrBelow(cell, volume.Path)) is { } owned)
                throw HostVolume.Invalid($"{volume.Name}: {volume.Path} must not contain or be in {owned}, the cell's own state");
        }
    }

    /// <summary>What the path must be and is not; null if it is a directory without symbolic links on the way.</summary>
    public static string? Broken(string path)
    {
        try
        {
            using var directory = PlainDirectory.Open(path);
            return null;
        }
        catch (Win32Exception error)
        {
            return error.NativeErrorCode switch
            {
                Native.NoEntry => $"{path} does not exist",
                Native.NotDirectory => $"{path} is not a directory",
                Native.TooManyLinks => $"{path} leads over a symbolic link; give the directory itself, {Real(path)}",
                _ => $"{path} cannot be opened: {error.Message}",
            };
        }
    }

    /// <summary>The path without symbolic links, as far as it exists.</summary>
    private static string Real(string path)
    {
        path = Path.GetFullPath(path);
        var rest = "";
        for (var at = path; at.Length > 1; at = Path.GetDirectoryName(at)!)
        {
            if (Path.Exists(at))
                return PlainDirectory.RealPath(at) + rest;
            rest = "/" + Path.GetFileName(at) + rest;
        }

        return path;
    }

    private static bool IsAtOrBelow(string path, string parent) =>
        path == parent || path.StartsWith(parent + "/", StringComparison.Ordinal);
}
