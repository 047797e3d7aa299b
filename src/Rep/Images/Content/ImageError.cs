using Scheduler.Models;

namespace Scheduler.Rep.Images.Content;

internal static class ImageError
{
    /// <summary>The image is at fault, and therefore the request that names it.</summary>
    public static DomainException Bad(string rule) => DomainError.Invalid("rootfs", rule).ToException();

    /// <summary>The same error with the image's name.</summary>
    public static DomainException In(string image, DomainException failure) =>
        failure.Error.Violations is [var violation]
            ? DomainError.Invalid(violation.Field, $"image {image}: {violation.Rule}").ToException()
            : failure;
}
