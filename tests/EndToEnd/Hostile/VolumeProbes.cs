using Scheduler.Rep.Runtime;
using static Scheduler.Rep.Runtime.Defences;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>
/// Attacks through volumes: <c>/data</c>, which the container may write, and <c>/ro</c>, which it may not. Both hold the file
/// <c>given</c>, and their directories on the machine are side by side with the file <c>outside</c>.
/// </summary>
internal static class VolumeProbes
{
    private const Defences Mounting = UserNamespace | Seccomp | Defences.Capabilities;

    public static IReadOnlyList<Probe> All { get; } =
    [
        // Held by how the volume is mounted, which no switch takes away. First, because what follows changes the mounts.
        new("write", "writes to a volume that is read-only", None, "echo mine > /ro/given"),
        new(
            "replace",
            "replaces a file of a volume that is read-only",
            None,
            "mkdir -p /tmp/new && mv /tmp/new /ro/new || rm -f /ro/given"
        ),
        new("mode", "changes the mode of a file of a volume that is read-only", None, "chmod 777 /ro/given"),
        new("hard-link", "links a file of a read-only volume into one that it may write", None, "ln /ro/given /data/linked"),
        new("dots", "goes up from the volume's directory", None, "cat /data/../outside || cat /data/../../outside"),
        new(
            "dots-of-a-directory",
            "goes up from a directory in which it stands while that is moved",
            None,
            "mkdir -p /data/a/b && cd /data/a/b && mv /data/a/b /data/b && cat ../outside"
        ),
        new("link", "follows its own link out of the volume", None, "ln -s ../outside /data/up && cat /data/up"),
        new(
            "cwd-of-init",
            "follows a link through another process's root",
            None,
            "ln -s /proc/1/root/../outside /data/root && cat /data/root"
        ),
        new("device", "opens a disk of the machine by a node in the volume", None, "mknod /data/disk b 7 0 && head -c 1 /data/disk"),
        new("remount", "writes to a volume that is read-only", Mounting, "$P remount /ro /ro/given"),
        new(
            "over-proc",
            "mounts a volume over /proc, out of its masks",
            Seccomp | Defences.Capabilities,
            "mount -o bind /data /proc && $P umount /proc"
        ),
        new("suid", "gets back what a volume may not give: set-user-id and devices", Mounting, "mount -o remount,bind,suid,dev none /data"),
        new("uncovered", "sees what is below a volume, in its image", Seccomp | Defences.Capabilities, "$P umount /data"),
    ];
}
