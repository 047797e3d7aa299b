using Scheduler.Models;

namespace Scheduler.Rep.Images;

internal static class ImageError
{
    /// <summary>The image is at fault, and so whoever named it.</summary>
    public static DomainException Bad(string rule) => DomainError.Invalid("rootfs", rule).ToException();
}
