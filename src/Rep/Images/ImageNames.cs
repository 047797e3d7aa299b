using Scheduler.Models;

namespace Scheduler.Rep.Images;

/// <summary>Compares image names in layouts and archives, which some programs write in full and others do not.</summary>
internal static class ImageNames
{
    /// <summary>True if both are the same text, or the same name by Docker's rules.</summary>
    public static bool AreEqual(string? written, string asked) =>
        written == asked
        || (
            written is not null
            && ImageName.TryParse(written, out var one, out _)
            && ImageName.TryParse(asked, out var other, out _)
            && one == other
        );
}
