namespace Scheduler.Rep.Runtime;

/// <summary>What stands between a container and its cell. Every container that is not privileged has all of it.</summary>
[Flags]
internal enum Defences
{
    None = 0,

    /// <summary>Root in the container is nobody on the host.</summary>
    UserNamespace = 1 << 0,

    /// <summary>System calls that are not on the list are refused.</summary>
    Seccomp = 1 << 1,

    /// <summary>Root has the short list of capabilities.</summary>
    Capabilities = 1 << 2,

    /// <summary>Programs that change the user or have capabilities of their own give none.</summary>
    NoNewPrivileges = 1 << 3,

    /// <summary>Files of /proc and /sys that tell of the host or change it are hidden or read-only.</summary>
    Paths = 1 << 4,

    /// <summary>Device nodes can be opened only where they are harmless.</summary>
    Devices = 1 << 5,

    /// <summary>Nothing that the rep has open is open in a container.</summary>
    Descriptors = 1 << 6,

    /// <summary>Memory and processes have a limit.</summary>
    Limits = 1 << 7,

    /// <summary>What it writes has a limit, on the disk and in memory file systems.</summary>
    Disk = 1 << 8,

    All = (1 << 9) - 1,
}
