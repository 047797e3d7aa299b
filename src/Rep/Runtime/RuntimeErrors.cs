namespace Scheduler.Rep.Runtime;

/// <summary>A failure of the machine: a program is missing or failed, a mount was refused.</summary>
public class ContainerRuntimeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A process could not be started in its container; the message is suitable for the owner of the process.</summary>
public sealed class ProcessStartException(string message, Exception? inner = null) : ContainerRuntimeException(message, inner)
{
    // Messages of runc, or of the kernel through it, for errors of the work itself. Any other failure may be temporary: no memory, no
    // pid, no disk space.
    private static readonly string[] Permanent =
    [
        "no such file",
        "executable file not found",
        "no such program",
        "permission denied",
        "not a directory",
        "is a directory",
        "exec format error",
        "too many levels of symbolic links",
        "file name too long",
        "argument list too long",
        "is not in the container's /etc/",
        "is not a number",
        "no command is given",
    ];

    /// <summary>Whether every retry would fail the same way, on any cell at any time.</summary>
    public bool IsPermanent => Permanent.Any(words => Message.Contains(words, StringComparison.OrdinalIgnoreCase));
}
