using System.Globalization;

namespace Scheduler.Models;

/// <summary>How far the pull of an image is, in words, for the logs of a container and for people who wait for it.</summary>
public static class PullText
{
    private const long Kilobyte = 1_000,
        Megabyte = 1_000_000;

    /// <summary>Such as <c>pulling nginx:1.25: layer 2/5, 34 of 120 MB</c>.</summary>
    /// <param name="image">As in a definition's root filesystem.</param>
    /// <param name="layers">Layers in place, of all; 0 of 0 while the registry has not named them.</param>
    /// <param name="bytes">Bytes that have come, of all that must; 0 of 0 if none must.</param>
    /// <param name="trouble">What failed and is tried again; empty if nothing did.</param>
    public static string Describe(string image, (long Done, long All) layers, (long Done, long All) bytes, string trouble)
    {
        var what =
            trouble.Length > 0 ? $"{trouble}; trying again"
            : layers.All == 0 ? "asking the registry"
            : $"layer {Math.Min(layers.Done + 1, layers.All)}/{layers.All}{Size(bytes)}";
        return $"pulling {Short(image)}: {what}";
    }

    private static string Short(string image) =>
        ImageName.IsUrl(image) ? image[(ImageName.Scheme.Length + "://".Length)..].TrimStart('/') : image;

    private static string Size((long Done, long All) bytes)
    {
        if (bytes.All == 0)
            return "";
        var (unit, name) = bytes.All >= 10 * Megabyte ? (Megabyte, "MB") : (Kilobyte, "kB");
        return string.Create(CultureInfo.InvariantCulture, $", {bytes.Done / unit} of {bytes.All / unit} {name}");
    }
}
