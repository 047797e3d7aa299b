using static Scheduler.Rep.Runtime.Defences;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>
/// Attacks on the cell's disk: writing more than the container's limit, in every possible way. Each probe removes what it wrote.
/// </summary>
internal static class DiskProbes
{
    /// <summary>The container's limits; each probe tries to use twice as much.</summary>
    public const int DiskMb = 16,
        MemoryMb = 256;

    public static IReadOnlyList<Probe> All { get; } =
    [
        new("one-file", "writes one file larger than its disk", Disk, "trap 'rm -f /big' EXIT; dd if=/dev/zero of=/big bs=1M count=32"),
        new(
            "many-files",
            "writes many small files",
            Disk,
            "trap 'rm -rf /many' EXIT; mkdir /many; for i in $(seq 128); do dd if=/dev/zero of=/many/$i bs=256k count=1 || exit 1; done"
        ),
        new(
            "tmp",
            "writes to /tmp, which is no file system of its own",
            Disk,
            "trap 'rm -f /tmp/big' EXIT; dd if=/dev/zero of=/tmp/big bs=1M count=32"
        ),
        new(
            "empty-files",
            "makes more files than it may, all of them empty",
            Disk,
            "trap 'rm -rf /empty' EXIT; mkdir /empty; i=0; while [ $i -lt 5000 ]; do : > /empty/$i || exit 1; i=$((i+1)); done"
        ),
        new(
            "directories",
            "makes more directories than it may",
            Disk,
            "trap 'rm -rf /deep' EXIT; mkdir /deep; cd /deep; seq 5000 | xargs mkdir"
        ),
        new(
            "symlinks",
            "makes more symbolic links than it may",
            Disk,
            "trap 'rm -rf /links' EXIT; mkdir /links; seq 5000 | xargs sh -c 'ln -s \"$@\" /links' x"
        ),
        new(
            "deleted-file",
            "writes to a file that nobody can find any more",
            Disk,
            "exec 3>/hidden; rm /hidden; dd if=/dev/zero bs=1M count=32 >&3"
        ),
        new("fallocate", "asks for the room without writing", Disk, "trap 'rm -f /asked' EXIT; fallocate -l 33554432 /asked"),
        new(
            "sparse-end",
            "writes behind a hole of gigabytes",
            Disk,
            "trap 'rm -f /sparse' EXIT; truncate -s 4G /sparse; dd if=/dev/zero of=/sparse bs=1M seek=2048 count=32 conv=notrunc"
        ),
        new(
            "hard-links",
            "writes through several names of one file",
            Disk,
            "trap 'rm -f /a /b' EXIT; dd if=/dev/zero of=/a bs=1M count=15; ln /a /b; dd if=/dev/zero of=/b bs=1M seek=15 count=15 conv=notrunc"
        ),
        new(
            "copied-up",
            "has files of its image copied into its own layer, again and again",
            Disk,
            "trap 'rm -rf /copies' EXIT; mkdir /copies; for i in $(seq 24); do cp /bin/busybox /copies/$i || exit 1; done"
        ),
        new(
            "renamed",
            "moves what it wrote out of the way",
            Disk,
            "trap 'rm -rf /here /there' EXIT; mkdir /here /there; for i in $(seq 32); do dd if=/dev/zero of=/here/f bs=1M count=1 || exit 1; mv /here/f /there/$i || exit 1; done"
        ),
        new(
            "mapped",
            "writes through memory that is mapped from a sparse file",
            Disk,
            "trap 'rm -f /mapped' EXIT; $P map_write /mapped 32"
        ),
        new("dev-shm", "fills /dev/shm", Disk, "trap 'rm -f /dev/shm/big' EXIT; dd if=/dev/zero of=/dev/shm/big bs=1M count=80"),
        new("dev", "fills /dev", Disk, "trap 'rm -f /dev/big' EXIT; dd if=/dev/zero of=/dev/big bs=1M count=80"),
        new(
            "shm-files",
            "makes files without end in /dev/shm, for each of which the kernel keeps memory",
            Disk,
            "trap 'rm -rf /dev/shm/f' EXIT; mkdir /dev/shm/f; i=0; while [ $i -lt 20000 ]; do : > /dev/shm/f/$i || exit 1; i=$((i+1)); done"
        ),
        new(
            "project",
            "takes its files out of the project that the file system counts",
            Disk,
            "trap 'rm -f /out' EXIT; : > /out; $P set_project /out 4242"
        ),
    ];
}
