namespace Scheduler.Rep.Runtime;

/// <summary>The machine did not do what it should: a program is missing or failed, a mount was refused.</summary>
public class ContainerRuntimeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A process could not be started in its container; the message is fit for whoever owns the process.</summary>
public sealed class ProcessStartException(string message, Exception? inner = null) : ContainerRuntimeException(message, inner)
{
    // How runc, and the kernel through it, say that the work itself is wrong. Anything else may pass: no memory, no process
    // number, no room on the disk.
    private static readonly string[] Permanent =
    [
        "no such file", "executable file not found", "no such program", "permission denied", "not a directory", "is a directory", "exec format error",
        "too many levels of symbolic links", "file name too long", "argument list too long", "is not in the container's /etc/",
        "is not a number", "no command is given",
    ];

    /// <summary>Whether it will fail the same way wherever and whenever it is tried again.</summary>
    public bool IsPermanent => Permanent.Any(words => Message.Contains(words, StringComparison.OrdinalIgnoreCase));
}
