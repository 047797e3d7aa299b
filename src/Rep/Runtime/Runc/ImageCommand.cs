using Scheduler.Rep.Images;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>Completes a process specification that leaves its command to the image. No I/O.</summary>
internal static class ImageCommand
{
    /// <returns>The specification with a program.</returns>
    /// <exception cref="ProcessStartException">Neither the specification nor the image names a program.</exception>
    public static ProcessSpec Complete(ProcessSpec spec, ImageDefaults image)
    {
        if (spec.Path.Length > 0)
            return spec;
        string[] words = [.. image.Entrypoint ?? [], .. spec.Args.Count > 0 ? spec.Args : image.Command ?? []];
        return words is [{ Length: > 0 } program, .. var arguments]
            ? spec with
            {
                Path = program,
                Args = arguments,
            }
            : throw new ProcessStartException(
                $"no command is given, and {(spec.Args.Count > 0 ? "the image names no entrypoint" : "the image names no command")}"
            );
    }
}
