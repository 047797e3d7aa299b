using Scheduler.Models;

namespace Scheduler.Rep.Images;

/// <summary>Names of images in layouts and archives, which one program writes in full and another does not.</summary>
internal static class ImageNames
{
    /// <summary>True when both are the same text, or the same name as Docker reads it.</summary>
    public static bool AreEqual(string? written, string asked) =>
        written == asked || (written is not null && ImageName.TryParse(written, out var one, out _) && ImageName.TryParse(asked, out var other, out _) && one == other);
}
