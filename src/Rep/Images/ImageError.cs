using Scheduler.Models;

namespace Scheduler.Rep.Images;

internal static class ImageError
{
    /// <summary>The image is at fault, and therefore the request that names it.</summary>
    public static DomainException Bad(string rule) => DomainError.Invalid("rootfs", rule).ToException();
}
