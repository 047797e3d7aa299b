using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Rep.Runtime.Containerd;

/// <summary>Settings of the containerd driver; the others are those of <see cref="RuntimeOptions"/>.</summary>
public sealed class ContainerdOptions : IValidatableObject
{
    /// <summary>The path of containerd's socket: where Debian's package, and most others, have it.</summary>
    [Required]
    [Setting("Socket of containerd, for --runtime containerd", Name = "containerd-address", Value = "PATH")]
    public string Address { get; set; } = "/run/containerd/containerd.sock";

    /// <summary>
    /// containerd's namespace of the containers, so that they are out of the way of its other clients. The cells of a machine can share it.
    /// </summary>
    [Setting("Namespace of the containers in containerd", Name = "containerd-namespace", Value = "NAME")]
    public string Namespace { get; set; } = "scheduler";

    /// <summary>
    /// How long to wait before containerd is asked again after it did not answer, as during its restart. Exits in between are told late, not
    /// lost.
    /// </summary>
    [Setting("Wait before containerd is asked again after it did not answer", Name = "containerd-retry")]
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan Retry { get; set; } = TimeSpan.FromMilliseconds(500);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Address.StartsWith('/'))
            yield return new ValidationResult("must be an absolute path", [nameof(Address)]);
        if (!ContainerdNames.IsValid(Namespace))
            yield return new ValidationResult(
                $"must be 1 to {ContainerdNames.Longest} letters and digits, with single . _ - between them",
                [nameof(Namespace)]
            );
    }
}
