namespace Scheduler.Rep.Runtime;

/// <summary>Defences between a container and its cell. Every unprivileged container has all of them.</summary>
[Flags]
internal enum Defences
{
    None = 0,

    /// <summary>Root in the container is an unprivileged user on the host.</summary>
    UserNamespace = 1 << 0,

    /// <summary>System calls that are not on the list are refused.</summary>
    Seccomp = 1 << 1,

    /// <summary>Root has only a short list of capabilities.</summary>
    Capabilities = 1 << 2,

    /// <summary>Set-user-id programs and programs with file capabilities give no privileges.</summary>
    NoNewPrivileges = 1 << 3,

    /// <summary>Files in /proc and /sys that expose or change the host are hidden or read-only.</summary>
    Paths = 1 << 4,

    /// <summary>Device nodes can be opened only where they are harmless.</summary>
    Devices = 1 << 5,

    /// <summary>Containers inherit no open files of the rep.</summary>
    Descriptors = 1 << 6,

    /// <summary>Memory and number of processes are limited.</summary>
    Limits = 1 << 7,

    /// <summary>Writes are limited, on disk and in memory file systems.</summary>
    Disk = 1 << 8,

    All = (1 << 9) - 1,
}
